import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emoticare.export.evaluation_file import FIGURES, LABEL_FIGURES
from emoticare.labels import LABELS
from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

Command = Callable[..., Any]


def test_hf(emoticare: Command, tmp_path: Path) -> None:
    answer = emoticare("export", "hf", tmp_path / "out")
    assert answer.code == 0
    assert answer.out == f"{tmp_path / 'out'}\n"
    config = json.loads((tmp_path / "out/config.json").read_text())
    assert config["emoticare"]["model"] == load_artifact(EMBEDDED_MODEL).digest


def test_hf_with_figures(emoticare: Command, tmp_path: Path) -> None:
    record = {
        "model": load_artifact(EMBEDDED_MODEL).digest,
        "split": "test",
        "n_texts": 5427,
        **dict.fromkeys(FIGURES, 0.5),
        "per_label": {label: dict.fromkeys(LABEL_FIGURES, 0.25) for label in LABELS},
    }
    (tmp_path / "figures.json").write_text(json.dumps(record))
    answer = emoticare("export", "hf", tmp_path / "out", "--evaluation", tmp_path / "figures.json")
    assert (answer.code, answer.err) == (0, "")
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "model-index" in card
    assert "5,427 texts of the test split" in card


def test_onnx(emoticare: Command, tmp_path: Path) -> None:
    answer = emoticare("export", "onnx", tmp_path / "out")
    assert answer.code == 0
    again = emoticare("export", "onnx", tmp_path / "again", "--model", tmp_path / "out")
    assert again.code == 0
    for path in (tmp_path / "out").iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_folder_with_something_else(emoticare: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    for kind in ("hf", "onnx"):
        answer = emoticare("export", kind, tmp_path)
        assert answer.code == 1
        assert "holds something else" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_no_model_there(emoticare: Command, tmp_path: Path) -> None:
    answer = emoticare("export", "hf", tmp_path / "out", "--model", tmp_path / "missing")
    assert answer.code == 1
    assert "found no folder" in answer.err
