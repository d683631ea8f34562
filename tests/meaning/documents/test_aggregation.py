import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from emoticare.labels import LABELS
from emoticare.meaning.documents.aggregation import (
    DocumentScores,
    document_thresholds,
    shift_log_odds,
)
from emoticare.model.fitted import DocumentShifts
from emoticare.stages.decision import Thresholds

SHIFTS = DocumentShifts(0.32, 0.3, {"joy": 0.4, "fear": 0.1})

PROBABILITIES = stn.arrays(
    np.float32, st.tuples(st.integers(0, 9), st.just(3)), elements=st.floats(0, 1, width=32)
)


def scores_of(*parts: np.ndarray) -> np.ndarray:
    scores = DocumentScores(3, SHIFTS)
    for part in parts:
        scores.add(part)
    return scores.probabilities()


@given(PROBABILITIES, st.integers(0, 9))
def test_order_and_portions_do_not_matter(probabilities, cut):
    whole = scores_of(probabilities)
    assert np.array_equal(scores_of(probabilities[:cut], probabilities[cut:]), whole)
    assert np.array_equal(scores_of(probabilities[::-1]), whole)
    assert np.all((whole >= 0) & (whole <= 1))


def test_one_sentence_is_its_document():
    row = np.array([[0.2, 1.0, 0.0]], np.float32)
    assert np.array_equal(scores_of(row), row[0])
    own = Thresholds(0.3, {"joy": 0.2})
    scores = DocumentScores(1, SHIFTS)
    scores.add(row[:, :1])
    assert scores.thresholds(own, ["joy"]) == own


def test_no_sentence_carries_nothing():
    assert not scores_of(np.zeros((0, 3), np.float32)).any()


def test_the_two_highest_decide():
    probabilities = np.array([[0.9, 0, 0], [0.1, 0, 0], [0.7, 0, 0]], np.float32)
    expected = shift_log_odds(0.8, SHIFTS.score_shift)
    assert scores_of(probabilities)[0] == pytest.approx(float(expected))


def test_thresholds_follow_those_of_sentences():
    own = Thresholds(0.3, {**dict.fromkeys(LABELS, 0.3), "joy": 0.0, "fear": 1.0})
    found = document_thresholds(own, LABELS, SHIFTS)
    assert (found.per_label["joy"], found.per_label["fear"]) == (0.0, 1.0)
    assert all(0 <= value <= 1 for value in found.per_label.values())
    strangers = document_thresholds(Thresholds(0.3, {"praise": 0.3}), ["praise"], SHIFTS)
    assert strangers.per_label["praise"] == strangers.shared


@given(st.floats(0, 1), st.floats(-5, 5))
def test_log_odds_are_raised(probability, shift):
    shifted = float(shift_log_odds(probability, shift))
    assert 0 <= shifted <= 1 + 1e-12
    assert float(shift_log_odds(shifted, -shift)) == pytest.approx(probability, abs=1e-9)


def test_without_fitted_constants_the_strongest_sentence_decides():
    scores = DocumentScores(3, None)
    scores.add(np.array([[0.9, 0, 0], [0.1, 0.5, 0], [0.7, 0, 0]], np.float32))
    assert scores.probabilities().tolist() == pytest.approx([0.9, 0.5, 0])
    own = Thresholds(0.3, {"joy": 0.2})
    assert scores.thresholds(own, ["joy"]) == own


def test_every_emotion_has_a_threshold_of_its_own(embedded):
    shifts = embedded.artifact.config.fitted.documents
    assert shifts is not None
    assert set(shifts.threshold_shifts) == set(LABELS)
