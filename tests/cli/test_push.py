from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoticare.export import hub

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_upload(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    uploads: list[tuple[str, bool]] = []

    def upload(_contents: object, repo_id: str, *, private: bool) -> str:
        uploads.append((repo_id, private))
        return f"https://hub.example/{repo_id}"

    monkeypatch.setattr(hub, "upload", upload)
    return uploads


def test_the_default_lists_the_files(emoticare: Command, no_upload: list[tuple[str, bool]]) -> None:
    answer = emoticare("push", "me/emoticare")
    assert answer.code == 0
    assert "model.safetensors" in answer.out
    assert "onnx/model_quantized.onnx" in answer.out
    assert "nothing was uploaded to me/emoticare" in answer.err
    assert no_upload == []


def test_yes_uploads(emoticare: Command, no_upload: list[tuple[str, bool]]) -> None:
    answer = emoticare("push", "me/emoticare", "--private", "--yes")
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "https://hub.example/me/emoticare"
    assert no_upload == [("me/emoticare", True)]


@pytest.mark.parametrize("name", ["a/b/c", "bad name", "", "-x-/y"])
def test_a_name_that_the_hub_does_not_allow(emoticare: Command, name: str) -> None:
    answer = emoticare("push", "--yes", "--", name)
    assert answer.code == 2
    assert "Expected the name of a repository" in answer.err


def test_a_missing_evaluation(emoticare: Command, tmp_path: Path) -> None:
    answer = emoticare("push", "me/emoticare", "--evaluation", tmp_path / "missing.json")
    assert answer.code == 2
    assert "could not be read" in answer.err
