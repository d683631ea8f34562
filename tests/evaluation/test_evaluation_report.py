import json

import numpy as np
import pytest

from emoticare.errors import UsageError
from emoticare.evaluation.evaluation_report import evaluate_probabilities
from emoticare.evaluation.metrics import macro_f1, micro_f1, per_label_scores
from emoticare.evaluation.original import ORIGINAL_FIGURES

LABELS = ("joy", "fear", "relief")
THRESHOLDS = np.array([0.4, 0.35, 0.6])


@pytest.fixture(scope="module")
def arrays():
    generator = np.random.default_rng(0)
    probabilities = generator.random((200, 3)).astype(np.float32)
    return generator.random((200, 3)) < probabilities, probabilities


@pytest.fixture(scope="module")
def report(arrays):
    unseen = np.arange(200) >= 20
    return evaluate_probabilities(
        *arrays, LABELS, 0.45, THRESHOLDS, unseen_mask=unseen, n_bootstrap=30
    )


def test_f1_is_given_at_every_kind_of_threshold(arrays, report):
    y_true, probabilities = arrays
    for suffix, thresholds in {
        "": THRESHOLDS,
        "_global": 0.45,
        "_at_0.3": 0.3,
        "_at_0.5": 0.5,
    }.items():
        y_pred = probabilities >= thresholds
        assert report.figures[f"macro_f1{suffix}"] == macro_f1(y_true, y_pred)
        assert report.figures[f"micro_f1{suffix}"] == micro_f1(y_true, y_pred)
        unseen = macro_f1(y_true[20:], y_pred[20:])
        assert report.figures[f"macro_f1{suffix}_unseen"] == unseen


def test_record_is_flat_but_for_per_label_and_fit_for_json(report):
    record = json.loads(json.dumps(report.to_json(), allow_nan=False))
    per_label = record.pop("per_label")
    assert all(isinstance(value, int | float) for value in record.values())
    assert record["n_texts"] == 200
    assert record["n_texts_unseen"] == 180
    for metric in ("macro_f1", "micro_f1", "mean_average_precision", "bce_loss"):
        assert record[f"{metric}_ci_low"] < record[metric] < record[f"{metric}_ci_high"]
    for name in ("bce_loss", "expected_calibration_error", "mean_label_calibration_error"):
        assert record[name] > 0
        assert record[f"{name}_unseen"] > 0
    assert list(per_label) == list(LABELS)


def test_label_figures_are_those_of_the_shipped_thresholds(arrays, report):
    y_true, probabilities = arrays
    scores = per_label_scores(y_true, probabilities >= THRESHOLDS)
    for i, label in enumerate(LABELS):
        figures = report.per_label[label]
        assert figures.f1 == scores.f1[i]
        assert figures.support == y_true[:, i].sum()
        assert figures.threshold == THRESHOLDS[i]
        assert figures.f1_ci_low <= figures.f1 <= figures.f1_ci_high


def test_without_unseen_mask_there_are_no_unseen_figures(arrays):
    report = evaluate_probabilities(*arrays, LABELS, 0.45, THRESHOLDS, n_bootstrap=2)
    assert not any(name.endswith("_unseen") for name in report.figures)


def test_undefined_figures_are_null(arrays):
    y_true, probabilities = arrays
    y_true = y_true.copy()
    y_true[:, 1] = False
    report = evaluate_probabilities(y_true, probabilities, LABELS, 0.45, THRESHOLDS, n_bootstrap=2)
    fear = report.to_json()["per_label"]["fear"]
    assert fear["average_precision"] is None
    assert fear["auroc"] is None
    assert fear["f1"] == 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": LABELS[:2]}, "3 labels"),
        ({"label_thresholds": THRESHOLDS[:1]}, "thresholds of shape"),
        ({"unseen_mask": np.zeros(200, dtype=bool)}, "at least one text"),
        ({"probabilities": np.full((200, 3), np.nan)}, "from 0 to 1"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arrays, changes, message):
    arguments = {
        "y_true": arrays[0],
        "probabilities": arrays[1],
        "labels": LABELS,
        "global_threshold": 0.45,
        "label_thresholds": THRESHOLDS,
        "n_bootstrap": 2,
    }
    with pytest.raises(UsageError, match=message):
        evaluate_probabilities(**(arguments | changes))


def test_originals_figures_have_names_of_the_report(report):
    assert ORIGINAL_FIGURES.keys() <= report.figures.keys()
