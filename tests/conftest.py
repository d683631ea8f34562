"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def goemotions_folder() -> Path:
    """The official GoEmotions files, where there are any."""
    beside_the_repository = Path(__file__).parents[2] / "shared" / "data" / "goemotions"
    folder = Path(os.environ.get("EMOTICARE_DATA", beside_the_repository))
    if not (folder / "train.tsv").is_file():
        pytest.skip("set EMOTICARE_DATA to the folder with GoEmotions' train.tsv")
    return folder
