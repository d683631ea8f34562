import numpy as np
import pytest

from emoticare.training.fitting.guarantees import (
    guarantee_precision,
    guarantee_recall,
    interval,
    lower_bound,
    positives_needed,
)


def sample(seed: int, n_texts: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities and labels drawn from them."""
    random = np.random.default_rng(seed)
    probabilities = 1 / (1 + np.exp(1 - 2 * random.normal(size=n_texts)))
    return probabilities, random.random(n_texts) < probabilities


def test_bounds_are_those_of_clopper_and_pearson():
    """Against scipy.stats.beta.ppf."""
    assert lower_bound(28, 29) == pytest.approx(0.84660798, abs=1e-7)
    assert interval(45, 50) == pytest.approx((0.78186463, 0.96672491), abs=1e-7)
    assert lower_bound(0, 10) == lower_bound(0, 0) == 0
    assert interval(0, 0) == (0, 1)
    assert interval(10, 10)[1] == 1


@pytest.mark.parametrize("promise", [guarantee_precision, guarantee_recall])
def test_promises_are_kept_on_new_texts(promise):
    target, n_declared, n_broken = 0.85, 0, 0
    for seed in range(60):
        p, y = sample(seed)
        threshold = promise(p, y, target).threshold
        if threshold is None:
            continue
        n_declared += 1
        # What the probabilities say is the truth, of which the labels are a sample.
        chosen = p >= threshold
        kept = p[chosen].mean() if promise is guarantee_precision else p[chosen].sum() / p.sum()
        n_broken += kept < target
    assert n_declared >= 40
    assert n_broken <= 0.05 * n_declared + 2


def test_what_cannot_be_reached_is_said():
    random = np.random.default_rng(0)
    noise, y = random.random(1000), random.random(1000) < 0.3
    found = guarantee_precision(noise, y, 0.9)
    assert found.threshold is None
    assert 0.1 < found.bound < 0.6
    assert guarantee_recall(noise, y, 0.95).threshold is None


def test_equal_scores_are_decided_alike():
    p = np.array([0.9] * 100 + [0.1] * 900)
    y = p > 0.5
    y[:2] = False
    threshold = guarantee_precision(p, y, 0.9).threshold
    assert threshold is not None
    assert (p >= threshold).sum() == 100


def test_how_many_positives_are_needed():
    for target in (0.5, 0.8, 0.9, 0.99):
        needed = positives_needed("recall", target)
        assert lower_bound(needed, needed) >= target > lower_bound(needed - 1, needed - 1)
    assert positives_needed("precision", 0.9) == 42


def test_no_positives_promise_nothing():
    p, y = np.linspace(0, 1, 50), np.zeros(50, np.bool_)
    assert guarantee_precision(p, y, 0.9).threshold is None
    assert guarantee_recall(p, y, 0.9).threshold is None
