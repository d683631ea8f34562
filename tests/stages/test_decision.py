import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoticare.errors import ThresholdError
from emoticare.stages.decision import Thresholds, decide, resolve_threshold, strongest_first

LABELS = ("joy", "fear", "relief")
DEFAULTS = Thresholds(0.5, {"joy": 0.1, "fear": 0.2, "relief": 0.3})
probability_rows = arrays(np.float32, 12, elements=st.floats(0, 1, width=32))


def resolved(threshold):
    result = resolve_threshold(threshold, LABELS, DEFAULTS)
    assert result.dtype == np.float32
    return result.tolist()


def test_none_means_the_models_own():
    assert resolved(None) == pytest.approx([0.1, 0.2, 0.3])
    assert resolved({}) == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), np.float64(0.25), 0, 1, np.int64(1)])
def test_a_number_is_for_all_labels(value):
    assert resolved(value) == [float(value)] * 3


def test_a_mapping_leaves_the_other_labels_their_own():
    assert resolved({"fear": 1}) == pytest.approx([0.1, 1, 0.3])
    assert DEFAULTS.per_label["fear"] == 0.2


@pytest.mark.parametrize(
    "threshold",
    [
        -0.01, 1.01, math.nan, math.inf, -math.inf, 10**400, -(10**5000), True,
        "0.3", b"0.3", [0.3],
        np.array([0.3]), np.bool_(True), np.complex128(0.5), 0.5j, Decimal("0.3"), object(),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_other_thresholds_are_refused(threshold):
    with pytest.raises(ThresholdError, match="0 to 1"):
        resolve_threshold(threshold, LABELS, DEFAULTS)
    with pytest.raises(ThresholdError, match="threshold of joy"):
        resolve_threshold({"joy": threshold}, LABELS, DEFAULTS)


@pytest.mark.parametrize("label", ["Joy", "", None, 0, ("joy",)], ids=repr)
def test_an_unknown_label_is_named_with_the_known_ones(label):
    with pytest.raises(ThresholdError, match="Known labels: joy, fear, relief"):
        resolve_threshold({label: 0.5}, LABELS, DEFAULTS)


def test_a_close_label_is_suggested():
    with pytest.raises(ThresholdError, match=r"'releif'\. Did you mean relief\? Known"):
        resolve_threshold({"releif": 0.5}, LABELS, DEFAULTS)


def test_a_score_on_its_threshold_is_decided():
    scores = np.array([[0.3, 0.1, 0.9]], np.float32)
    thresholds = np.array([0.3, 0.2, 0.9], np.float32)
    assert decide(scores, thresholds).tolist() == [[True, False, True]]


@given(probability_rows, probability_rows)
def test_the_strongest_come_first_and_no_others(scores, thresholds):
    decided = decide(scores, thresholds)
    order = strongest_first(range(len(scores)), scores, decided)
    assert sorted(order) == np.flatnonzero(decided).tolist()
    assert order == sorted(order, key=lambda i: (-scores[i], i))
