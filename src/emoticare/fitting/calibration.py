"""Fits the calibration: an affine map of each label's logit, so that sigmoid gives a frequency."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating | np.bool_]
FloatArray = npt.NDArray[np.float64]

# How strongly a label's slope is held to the shared one and its offset to 0; it weighs as much as
# a text or two, so it shows only for labels with a handful of positives.
_PRIOR_WEIGHT = 1.0
_NEWTON_STEPS = 50
_LOWEST_SCALE = 0.05
_N_FOLDS = 5


@dataclass(frozen=True)
class Calibration:
    """The map `logits * scale + offset`.

    Attributes:
        method: "temperature" (one scale, no offset) or "platt" (a scale and an offset a label).
        scale: float64 of shape (n_labels,), above 0.
        offset: float64 of shape (n_labels,).
        log_loss: Cross-validated log-loss of each method and of the raw logits, in nats.
    """

    method: Literal["temperature", "platt"]
    scale: FloatArray
    offset: FloatArray
    log_loss: dict[str, float]

    def apply(self, logits: Numbers) -> FloatArray:
        """Returns calibrated logits of the same shape (n_texts, n_labels)."""
        return np.asarray(logits * self.scale + self.offset, np.float64)


def fit_calibration(logits: Numbers, y_true: Numbers, *, seed: int = 0) -> Calibration:
    """Fits both methods and keeps the one with the lower cross-validated log-loss.

    Args:
        logits: Shape (n_texts, n_labels).
        y_true: 0 or 1, same shape.
        seed: Of the folds.

    Source: Platt (1999), "Probabilistic outputs for support vector machines"; Guo et al. (2017),
        "On calibration of modern neural networks", for the temperature.
    """
    z, y = np.asarray(logits, np.float64), np.asarray(y_true, np.float64)
    fold_of = np.random.default_rng(seed).permutation(len(z)) % _N_FOLDS
    losses = {"raw": log_loss(z, y)}
    for method, fit in (("temperature", _fit_temperature), ("platt", _fit_platt)):
        held_out = np.empty_like(z)
        for fold in range(_N_FOLDS):
            is_out = fold_of == fold
            scale, offset = fit(z[~is_out], y[~is_out])
            held_out[is_out] = z[is_out] * scale + offset
        losses[method] = log_loss(held_out, y)
    if losses["temperature"] <= losses["platt"]:
        return Calibration("temperature", *_fit_temperature(z, y), losses)
    return Calibration("platt", *_fit_platt(z, y), losses)


def log_loss(logits: Numbers, y_true: Numbers) -> float:
    """Binary cross-entropy in nats, averaged over texts and labels."""
    return float(np.mean(np.logaddexp(0.0, logits) - y_true * logits))


def _fit_temperature(logits: FloatArray, y_true: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton's method for the one scale; the log-loss is convex in it."""
    scale = 1.0
    for _ in range(_NEWTON_STEPS):
        p = _sigmoid(scale * logits)
        gradient = np.sum((p - y_true) * logits)
        curvature = np.sum(p * (1 - p) * logits**2)
        step = gradient / max(curvature, 1e-12)
        scale = max(scale - step, _LOWEST_SCALE)
        if abs(step) < 1e-9:  # noqa: PLR2004
            break
    return np.full(logits.shape[1], scale), np.zeros(logits.shape[1])


def _fit_platt(logits: FloatArray, y_true: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Damped Newton's method for scale and offset of every label at once."""
    shared = _fit_temperature(logits, y_true)[0]
    scale, offset = shared.copy(), np.zeros_like(shared)
    for _ in range(_NEWTON_STEPS):
        p = _sigmoid(logits * scale + offset)
        error, weight = p - y_true, p * (1 - p)
        gradient_scale = (error * logits).sum(0) + _PRIOR_WEIGHT * (scale - shared)
        gradient_offset = error.sum(0) + _PRIOR_WEIGHT * offset
        h_ss = (weight * logits**2).sum(0) + _PRIOR_WEIGHT
        h_so = (weight * logits).sum(0)
        h_oo = weight.sum(0) + _PRIOR_WEIGHT
        determinant = h_ss * h_oo - h_so**2
        step_scale = (h_oo * gradient_scale - h_so * gradient_offset) / determinant
        step_offset = (h_ss * gradient_offset - h_so * gradient_scale) / determinant
        damping = 1 / np.maximum(1, np.maximum(np.abs(step_scale), np.abs(step_offset)))
        scale = np.maximum(scale - damping * step_scale, _LOWEST_SCALE)
        offset = offset - damping * step_offset
    return scale, offset


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
