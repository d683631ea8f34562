import numpy as np
import pytest

from emoticare.training.fitting.calibration import fit_calibration
from emoticare.training.fitting.domains import fit_adjustment


def sampled(n_texts: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits of two labels, what the texts carry, and a third of it called plausible at random."""
    random = np.random.default_rng(0)
    logits = random.normal(-1.0, 2.0, (n_texts, 2))
    is_carried = random.random(logits.shape) < 1 / (1 + np.exp(-(logits * 0.5 + 1)))
    plausible = random.random(logits.shape) < 1 / 3
    return logits, is_carried, plausible


def test_the_map_of_the_domain_is_found() -> None:
    logits, is_carried, plausible = sampled()
    adjustment = fit_adjustment(logits, is_carried & ~plausible, plausible, ("a", "b"))
    scale, offset = adjustment.calibration(("a", "b"))
    assert scale == pytest.approx([0.5, 0.5], abs=0.06)
    assert offset == pytest.approx([1, 1], abs=0.12)
    assert all(0.3 < value < 0.6 for value in adjustment.thresholds.per_label.values())


def test_what_is_not_known_has_no_part_in_a_calibration() -> None:
    logits, is_carried, plausible = sampled(400)
    expected = fit_calibration(logits, is_carried, ~plausible)
    wrong = np.where(plausible, ~is_carried, is_carried)
    found = fit_calibration(logits, wrong, ~plausible)
    np.testing.assert_array_equal(found.scale, expected.scale)
    np.testing.assert_array_equal(found.offset, expected.offset)
