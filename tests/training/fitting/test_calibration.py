import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emoticare.training.fitting.calibration import Calibration, fit_calibration, log_loss

settings.register_profile("fitting", deadline=None, max_examples=30)
settings.load_profile("fitting")

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 4))


def _arrays(shape):
    logits = hnp.arrays(np.float32, shape, elements=st.floats(-40, 40, width=32))
    return st.tuples(logits, hnp.arrays(np.bool_, shape))


def _sampled(n_texts: int, scale: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    logits = random.normal(-1.0, 2.0, (n_texts, 3))
    p = 1 / (1 + np.exp(-(logits * scale + offset)))
    return logits, random.random(logits.shape) < p


@given(SHAPES.flatmap(_arrays))
def test_any_validation_split_gives_a_usable_calibration(arrays):
    logits, y_true = arrays
    calibration = fit_calibration(logits, y_true)
    assert np.isfinite(calibration.scale).all()
    assert np.isfinite(calibration.offset).all()
    assert (calibration.scale > 0).all()
    assert all(np.isfinite(loss) for loss in calibration.log_loss.values())
    # In the order of the logits, so that no ranking of texts changes.
    order = np.argsort(logits, axis=0, kind="stable")
    ranked = np.take_along_axis(calibration.apply(logits), order, axis=0)
    assert (np.diff(ranked, axis=0) >= 0).all()


@pytest.mark.parametrize("n_texts", [1, 2, 4, 5])
@pytest.mark.parametrize("positive", [False, True])
def test_labels_all_of_one_kind_stay_within_reason(n_texts, positive):
    logits = np.linspace(-3, -1, n_texts)[:, None] * np.ones((1, 3))
    calibration = fit_calibration(logits, np.full((n_texts, 3), positive))
    assert (np.abs(calibration.apply(logits)) < 20).all()


def test_texts_that_are_told_apart_keep_a_finite_scale():
    logits = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    calibration = fit_calibration(logits, logits > 0)
    assert 1 < calibration.scale[0] < 10


def test_one_scale_for_all_is_found():
    logits, y_true = _sampled(4000, scale=0.5, offset=0.0)
    calibration = fit_calibration(logits, y_true)
    assert calibration.scale == pytest.approx(np.full(3, 0.5), abs=0.05)
    assert calibration.offset == pytest.approx(np.zeros(3), abs=0.1)


def test_a_shift_calls_for_platt():
    logits, y_true = _sampled(4000, scale=1.5, offset=-1.0)
    calibration = fit_calibration(logits, y_true)
    assert calibration.method == "platt"
    assert calibration.scale == pytest.approx(np.full(3, 1.5), abs=0.15)
    assert calibration.offset == pytest.approx(np.full(3, -1.0), abs=0.15)
    assert calibration.log_loss["platt"] < calibration.log_loss["temperature"]
    assert log_loss(calibration.apply(logits), y_true) < log_loss(logits, y_true)


def test_the_optimum_is_reached_where_plain_newton_steps_overshoot():
    random = np.random.default_rng(10)
    logits = random.normal(0, 40, (48, 4))
    y_true = logits + random.normal(0, 10, logits.shape) > random.normal(0, 3, (1, 4))
    fitted = fit_calibration(logits, y_true)
    best = log_loss(fitted.apply(logits), y_true)
    for scale in np.geomspace(0.05, 2, 20):
        other = Calibration("temperature", np.full(4, scale), np.zeros(4), {})
        assert best < log_loss(other.apply(logits), y_true) + 0.01


def test_the_same_seed_gives_the_same_fit():
    logits, y_true = _sampled(50, scale=1.0, offset=0.5)
    first, second = (fit_calibration(logits, y_true, seed=7) for _ in range(2))
    assert first.log_loss == second.log_loss
    assert (first.scale == second.scale).all()
