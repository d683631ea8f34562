"""Fits the calibration: an affine map of each label's logit, so that sigmoid gives a frequency."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating | np.bool_]
Float64Array = npt.NDArray[np.float64]

# How strongly the shared scale is held to 1, a label's scale to the shared one and its offset to 0.
# It weighs as much as a text or two, so it shows only where there are a handful of positives; and
# where the logits tell all texts apart, it is what keeps the scale finite.
_PRIOR_WEIGHT = 1.0
_NEWTON_STEPS = 50
_BISECTION_STEPS = 60
_FIRST_DAMPING, _DAMPING_FACTOR = 1e-3, 10.0
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
    scale: Float64Array
    offset: Float64Array
    log_loss: dict[str, float]

    def apply(self, logits: Numbers) -> Float64Array:
        """Return calibrated logits of the same shape (n_texts, n_labels)."""
        return np.asarray(logits * self.scale + self.offset, np.float64)


def fit_calibration(
    logits: Numbers, y_true: Numbers, known: Numbers | None = None, *, seed: int = 0
) -> Calibration:
    """Fit both methods and keep the one with the lower cross-validated log-loss.

    Args:
        logits: Shape (n_texts, n_labels).
        y_true: 0 or 1, same shape.
        known: Which of `y_true` are known, bool of the same shape; all of them by default.
        seed: Of the folds.

    Source: Platt (1999), "Probabilistic outputs for support vector machines"; Guo et al. (2017),
        "On calibration of modern neural networks", for the temperature.
    """
    z, y = np.asarray(logits, np.float64), np.asarray(y_true, np.float64)
    w = np.ones_like(z) if known is None else np.asarray(known, np.float64)
    fold_of = np.random.default_rng(seed).permutation(len(z)) % _N_FOLDS
    losses = {"raw": log_loss(z, y, w)}
    for method, fit in (("temperature", _fit_temperature), ("platt", _fit_platt)):
        held_out = np.empty_like(z)
        for fold in range(_N_FOLDS):
            is_out = fold_of == fold
            scale, offset = fit(z[~is_out], y[~is_out], w[~is_out])
            held_out[is_out] = z[is_out] * scale + offset
        losses[method] = log_loss(held_out, y, w)
    if losses["temperature"] <= losses["platt"]:
        return Calibration("temperature", *_fit_temperature(z, y, w), losses)
    return Calibration("platt", *_fit_platt(z, y, w), losses)


def log_loss(logits: Numbers, y_true: Numbers, weight: Numbers | None = None) -> float:
    """Binary cross-entropy in nats, averaged over texts and labels."""
    return float(np.average(np.logaddexp(0.0, logits) - y_true * logits, weights=weight))


def _fit_temperature(
    logits: Float64Array, y_true: Float64Array, weight: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Find the one scale by bisection: the slope of the held log-loss rises with the scale."""
    # Up there the prior alone outweighs all texts.
    low, high = _LOWEST_SCALE, 1 + float((weight * np.abs(logits)).sum()) / _PRIOR_WEIGHT
    for _ in range(_BISECTION_STEPS):
        scale = (low + high) / 2
        error = weight * (_sigmoid(scale * logits) - y_true)
        slope = np.sum(error * logits) + _PRIOR_WEIGHT * (scale - 1)
        low, high = (low, scale) if slope > 0 else (scale, high)
    return np.full(logits.shape[1], (low + high) / 2), np.zeros(logits.shape[1])


def _fit_platt(
    logits: Float64Array, y_true: Float64Array, weight: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Newton's method for scale and offset of every label at once, a step only where it helps."""
    shared = _fit_temperature(logits, y_true, weight)[0]
    held = _HeldLoss(logits, y_true, weight, shared)
    scale, offset = shared.copy(), np.zeros_like(shared)
    loss = held.value(scale, offset)
    damping = np.full_like(shared, _FIRST_DAMPING)
    for _ in range(_NEWTON_STEPS):
        step_scale, step_offset = held.newton_step(scale, offset, damping)
        new_scale, new_offset = np.maximum(scale + step_scale, _LOWEST_SCALE), offset + step_offset
        new_loss = held.value(new_scale, new_offset)
        is_better = new_loss <= loss
        scale, offset = np.where(is_better, [new_scale, new_offset], [scale, offset])
        loss = np.where(is_better, new_loss, loss)
        damping = np.where(is_better, damping / _DAMPING_FACTOR, damping * _DAMPING_FACTOR)
    return scale, offset


@dataclass(frozen=True, eq=False)
class _HeldLoss:
    """Each label's log-loss, summed over texts, with what the prior adds to it.

    Attributes:
        logits: Shape (n_texts, n_labels).
        y_true: 0 or 1, same shape.
        weight: What each counts, same shape.
        shared: The scale that the labels' own are held to, shape (n_labels,).
    """

    logits: Float64Array
    y_true: Float64Array
    weight: Float64Array
    shared: Float64Array

    def value(self, scale: Float64Array, offset: Float64Array) -> Float64Array:
        """Return shape (n_labels,)."""
        mapped = self.logits * scale + offset
        loss = (self.weight * (np.logaddexp(0.0, mapped) - self.y_true * mapped)).sum(0)
        return np.asarray(loss + _PRIOR_WEIGHT / 2 * ((scale - self.shared) ** 2 + offset**2))

    def newton_step(
        self, scale: Float64Array, offset: Float64Array, damping: Float64Array
    ) -> tuple[Float64Array, Float64Array]:
        """Return the steps of scale and offset; at the lowest scale, that of the offset alone.

        Source: Marquardt (1963), "An algorithm for least-squares estimation of nonlinear
            parameters", for the damping.
        """
        p = _sigmoid(self.logits * scale + offset)
        error, weight = self.weight * (p - self.y_true), self.weight * p * (1 - p)
        gradient_scale = (error * self.logits).sum(0) + _PRIOR_WEIGHT * (scale - self.shared)
        gradient_offset = error.sum(0) + _PRIOR_WEIGHT * offset
        h_ss = ((weight * self.logits**2).sum(0) + _PRIOR_WEIGHT) * (1 + damping)
        h_so = (weight * self.logits).sum(0)
        h_oo = (weight.sum(0) + _PRIOR_WEIGHT) * (1 + damping)
        determinant = h_ss * h_oo - h_so**2
        step_scale = (h_so * gradient_offset - h_oo * gradient_scale) / determinant
        step_offset = (h_so * gradient_scale - h_ss * gradient_offset) / determinant
        is_lowest = (scale <= _LOWEST_SCALE) & (gradient_scale > 0)
        return (
            np.where(is_lowest, 0.0, step_scale),
            np.where(is_lowest, -gradient_offset / h_oo, step_offset),
        )


def _sigmoid(logits: Float64Array) -> Float64Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
