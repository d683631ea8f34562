import json

import numpy as np
import pytest

from emoticare.errors import UsageError
from emoticare.evaluation.compare import compare_probabilities
from emoticare.evaluation.metrics import macro_f1

LABELS = ("joy", "fear", "relief")
HALF = np.full(3, 0.5)


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    a = generator.random((100, 3))
    return generator.random((100, 3)) < a, a


def test_model_agrees_with_itself(arrays):
    y_true, a = arrays
    record = compare_probabilities(y_true, a, a, HALF, HALF, labels=LABELS, n_bootstrap=5)
    assert record["share_within_0.02"] == 1.0
    assert record["max_abs_difference"] == 0.0
    assert record["share_decisions_changed"] == 0.0
    assert record["most_changed_labels"] == []
    assert record["macro_f1_difference"] == 0.0


def test_distances_and_changed_decisions_by_hand():
    y_true = np.array([[1, 0, 0], [0, 1, 0]])
    a = np.array([[0.90, 0.40, 0.1], [0.10, 0.60, 0.1]])
    b = np.array([[0.89, 0.60, 0.1], [0.14, 0.40, 0.1]])
    record = compare_probabilities(y_true, a, b, HALF, HALF, labels=LABELS, n_bootstrap=5)
    assert record["share_within_0.02"] == pytest.approx(3 / 6)
    assert record["share_within_0.05"] == pytest.approx(4 / 6)
    assert record["max_abs_difference"] == pytest.approx(0.2)
    assert record["mean_abs_difference"] == pytest.approx((0.01 + 0.2 + 0.04 + 0.2) / 6)
    assert record["share_decisions_changed"] == pytest.approx(2 / 6)
    assert record["most_changed_labels"] == ["fear"]
    assert record["most_changed_counts"] == [2]


def test_each_model_is_decided_by_its_own_thresholds(arrays):
    y_true, a = arrays
    record = compare_probabilities(y_true, a, a, HALF, HALF + 0.2, labels=LABELS, n_bootstrap=5)
    assert record["macro_f1_a"] == macro_f1(y_true, a >= 0.5)
    assert record["macro_f1_b"] == macro_f1(y_true, a >= 0.7)
    difference = record["macro_f1_b"] - record["macro_f1_a"]
    assert record["macro_f1_difference"] == pytest.approx(difference)


def test_record_is_fit_for_json_and_has_every_interval(arrays):
    y_true, a = arrays
    for gold in (y_true, np.zeros_like(y_true)):
        record = compare_probabilities(gold, a, a**2, HALF, HALF, labels=LABELS, n_bootstrap=5)
        json.dumps(record, allow_nan=False)
        for metric in ("macro_f1", "micro_f1", "mean_average_precision", "bce_loss"):
            for suffix in ("a", "b", "difference", "difference_ci_low", "difference_ci_high"):
                assert f"{metric}_{suffix}" in record


def test_arrays_that_do_not_fit_are_refused(arrays):
    y_true, a = arrays
    with pytest.raises(UsageError, match="one shape"):
        compare_probabilities(y_true, a, a[1:], HALF, HALF, labels=LABELS)
    with pytest.raises(UsageError, match="3 label names"):
        compare_probabilities(y_true, a, a, HALF, HALF, labels=LABELS[:1])
