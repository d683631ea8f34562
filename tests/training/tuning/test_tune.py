import numpy as np
import pytest

from emoticare.errors import DataError, UsageError
from emoticare.labels import LABELS
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.probabilities import sigmoid
from emoticare.training.tuning import Objective, tune

N_TEXTS = 600
GOOD, NOISE, RARE = 0, 1, 2


@pytest.fixture(scope="module")
def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Logits of which label 0 is told well but half as sure as it is, 1 is noise and 2 is rare."""
    random = np.random.default_rng(0)
    logits = random.normal(-4, 1, (N_TEXTS, len(LABELS))).astype(np.float32)
    truth = random.normal(0, 6, N_TEXTS)
    logits[:, GOOD] = truth / 2
    logits[:, NOISE] = random.normal(0, 1, N_TEXTS)
    y_true = np.zeros((N_TEXTS, len(LABELS)), np.bool_)
    y_true[:, GOOD] = random.random(N_TEXTS) < 1 / (1 + np.exp(-truth))
    y_true[:, NOISE] = random.random(N_TEXTS) < 0.3
    y_true[:5, RARE] = True
    return logits, y_true


def run(tiny_artifact, labelled, objective):
    return tune(tiny_artifact, *labelled, Objective.parse(objective))


def test_a_promise_of_precision(tiny_artifact, labelled):
    tuning = run(tiny_artifact, labelled, "precision=0.9")
    good, noise, rare = list(tuning.report.labels.values())[:3]
    assert [row.status for row in (good, noise, rare)] == [
        "tuned", "not reachable", "too few texts",
    ]  # fmt: skip
    assert good.promise >= 0.9
    assert good.precision_after.value >= 0.9
    assert good.n_folds == 5
    assert noise.promise < 0.6
    assert (rare.n_positive, rare.needed) == (5, 42)
    assert tuning.report.macro_f1_change is not None


def test_a_promise_of_recall(tiny_artifact, labelled):
    tuning = run(tiny_artifact, labelled, "recall=0.8")
    good = tuning.report.labels[LABELS[GOOD]]
    assert good.status == "tuned"
    assert good.recall_after.high >= 0.8
    assert good.threshold_after > 0.5


def test_f1_rises(tiny_artifact, labelled):
    tuning = run(tiny_artifact, labelled, "f1")
    assert tuning.report.calibration == "platt"
    assert tuning.report.log_loss["platt"] < tuning.report.log_loss["raw"]
    assert tuning.report.labels[LABELS[NOISE]].f1_change.value > 0
    assert tuning.report.labels[LABELS[RARE]].status == "too few texts"


@pytest.mark.parametrize("objective", ["f1", "precision=0.9"])
def test_a_label_that_is_not_tuned_is_decided_as_before(tiny_artifact, labelled, objective):
    logits, _ = labelled
    tuning = run(tiny_artifact, labelled, objective)
    own = resolve_threshold(None, LABELS, tiny_artifact.config.thresholds)
    new = resolve_threshold(None, LABELS, tuning.overlay.thresholds)
    scale, offset = tuning.overlay.calibration(LABELS)
    before, after = sigmoid(logits) >= own, sigmoid(logits * scale + offset) >= new
    kept = [row.status != "tuned" for row in tuning.report.labels.values()]
    np.testing.assert_array_equal(before[:, kept], after[:, kept])
    tiny_artifact.with_overlay(tuning.overlay)


def test_too_few_texts_are_refused_with_how_many_are_needed(tiny_artifact, labelled):
    logits, y_true = labelled
    with pytest.raises(DataError, match=r"at least 42 texts .* found at most \d+ \("):
        tune(tiny_artifact, logits[:30], y_true[:30], Objective.parse("precision=0.9"))
    with pytest.raises(DataError, match="no texts"):
        tune(tiny_artifact, logits[:0], y_true[:0], Objective.parse("f1"))


def test_a_tuned_model_is_not_tuned_again(tiny_artifact, labelled):
    tuned = tiny_artifact.with_overlay(run(tiny_artifact, labelled, "f1").overlay)
    with pytest.raises(UsageError):
        tune(tuned, *labelled, Objective.parse("f1"))


@pytest.mark.parametrize("text", ["", "f2", "precision", "precision=", "recall=1", "recall=nan"])
def test_other_objectives_are_a_usage_error(text):
    with pytest.raises(UsageError):
        Objective.parse(text)
