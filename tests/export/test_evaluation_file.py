import json
from pathlib import Path
from typing import Any

import pytest

from emoticare.errors import UsageError
from emoticare.export import evaluation_file
from emoticare.export.evaluation_file import FIGURES, LABEL_FIGURES, find_evaluation
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact


@pytest.fixture
def record(random_artifact: ModelArtifact) -> dict[str, Any]:
    return {
        "model": random_artifact.digest,
        "split": "test",
        "n_texts": 5427,
        **dict.fromkeys(FIGURES, 0.5),
        "per_label": {label: dict.fromkeys(LABEL_FIGURES, 0.25) for label in LABELS},
    }


def write(path: Path, record: object) -> Path:
    path.write_text(json.dumps(record))
    return path


def test_a_file(random_artifact: ModelArtifact, record: dict[str, Any], tmp_path: Path) -> None:
    record["per_label"]["grief"]["average_precision"] = None
    evaluation = find_evaluation(random_artifact, write(tmp_path / "e.json", record))
    assert evaluation is not None
    assert (evaluation.split, evaluation.n_texts) == ("test", 5427)
    assert evaluation.figures["macro_f1"] == 0.5
    assert evaluation.per_label["grief"]["average_precision"] is None


def test_what_evaluate_writes_is_read(random_artifact: ModelArtifact, tmp_path: Path) -> None:
    import numpy as np

    from emoticare.evaluation.evaluation_report import evaluate_probabilities

    random = np.random.default_rng(0)
    probabilities = random.random((60, len(LABELS)), np.float32)
    y_true = random.random((60, len(LABELS))) < 0.2
    report = evaluate_probabilities(
        y_true, probabilities, LABELS, 0.5, np.full(len(LABELS), 0.5), n_bootstrap=10
    )
    content = {"model": random_artifact.digest, "split": "dev", **report.to_json()}
    evaluation = find_evaluation(random_artifact, write(tmp_path / "e.json", content))
    assert evaluation is not None
    assert evaluation.n_texts == 60
    assert evaluation.figures["micro_f1"] == report.figures["micro_f1"]


def test_figures_of_another_model_are_refused(
    random_artifact: ModelArtifact, record: dict[str, Any], tmp_path: Path
) -> None:
    record["model"] = "0" * 64
    with pytest.raises(UsageError, match="found those of 0000"):
        find_evaluation(random_artifact, write(tmp_path / "e.json", record))


def test_the_figures_of_the_package_serve_their_own_model_only(
    random_artifact: ModelArtifact,
    record: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipped = tmp_path / "model_evaluation.json"
    monkeypatch.setattr(evaluation_file, "SHIPPED_EVALUATION", shipped)
    assert find_evaluation(random_artifact, None) is None
    write(shipped, record)
    assert find_evaluation(random_artifact, None) is not None
    write(shipped, {**record, "model": "another"})
    assert find_evaluation(random_artifact, None) is None


def test_files_of_another_kind(
    random_artifact: ModelArtifact, record: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="could not be read"):
        find_evaluation(random_artifact, tmp_path / "missing.json")
    with pytest.raises(UsageError, match="found a JSON list"):
        find_evaluation(random_artifact, write(tmp_path / "e.json", []))
    (tmp_path / "e.json").write_text("macro_f1: 0.5")
    with pytest.raises(UsageError, match="not JSON"):
        find_evaluation(random_artifact, tmp_path / "e.json")
    (tmp_path / "e.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not JSON"):
        find_evaluation(random_artifact, tmp_path / "e.json")
    for name, value in (("macro_f1", "high"), ("per_label", []), ("n_texts", None)):
        changed = {**record, name: value}
        with pytest.raises(UsageError, match="evaluate --json"):
            find_evaluation(random_artifact, write(tmp_path / "e.json", changed))
