import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emoticare.evaluation.metrics import macro_f1
from emoticare.training.fitting.thresholds import best_expected_f1, fit_thresholds

settings.register_profile("fitting", deadline=None, max_examples=30)
settings.load_profile("fitting")

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 4))


def _arrays(shape):
    probabilities = hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
    return st.tuples(probabilities, hnp.arrays(np.bool_, shape))


def _labels(n_labels: int) -> list[str]:
    return [f"label {i}" for i in range(n_labels)]


@given(SHAPES.flatmap(_arrays))
def test_any_validation_split_gives_usable_thresholds(arrays):
    probabilities, y_true = arrays
    labels = _labels(y_true.shape[1])
    thresholds = fit_thresholds(probabilities, y_true, labels)
    assert 0 < thresholds.shared < 1
    assert list(thresholds.per_label) == labels
    assert all(0 < value < 1 for value in thresholds.per_label.values())


@given(SHAPES.flatmap(_arrays))
def test_a_label_without_positives_takes_the_shared_threshold(arrays):
    probabilities, y_true = arrays
    y_true[:, 0] = False
    thresholds = fit_thresholds(probabilities, y_true, _labels(y_true.shape[1]))
    assert thresholds.per_label["label 0"] == pytest.approx(thresholds.shared, abs=1e-4)


def test_without_any_positive_the_shared_threshold_is_neither_low_nor_high():
    thresholds = fit_thresholds(np.full((4, 2), 0.2), np.zeros((4, 2)), _labels(2))
    assert 0.3 < thresholds.shared < 0.5


def test_of_equally_good_thresholds_the_middle_is_taken():
    probabilities = np.array([[0.1], [0.1], [0.7], [0.7]])
    thresholds = fit_thresholds(probabilities, probabilities > 0.5, _labels(1))
    assert thresholds.shared == pytest.approx(0.4, abs=0.01)


def test_the_expected_f1_is_highest_at_the_threshold():
    random = np.random.default_rng(0)
    probabilities = random.beta(0.3, 2.0, (20_000, 1))
    gold = random.random(probabilities.shape) < probabilities
    (threshold,) = best_expected_f1(probabilities)
    best = max(macro_f1(gold, probabilities >= at) for at in np.linspace(0.05, 0.95, 91))
    assert macro_f1(gold, probabilities >= threshold) == pytest.approx(best, abs=0.01)
    # At the optimum, the threshold is half of the best F1: Lipton et al. (2014).
    assert threshold == pytest.approx(best / 2, abs=0.02)


def test_the_same_seed_gives_the_same_thresholds():
    random = np.random.default_rng(1)
    probabilities = random.random((60, 3))
    y_true = random.random((60, 3)) < probabilities
    first, second = (fit_thresholds(probabilities, y_true, _labels(3), seed=2) for _ in range(2))
    assert first == second
