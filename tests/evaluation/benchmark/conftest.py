"""A pipeline small enough for tests."""

import pytest

from emoticare.evaluation.benchmark import rivals


@pytest.fixture(autouse=True)
def small_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline of two narrow layers, which runs as the real one does."""
    sizes = {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4}
    monkeypatch.setattr(rivals, "DISTILBERT_BASE", sizes)
