"""Fits the thresholds and the calibration of a domain of text other than the training data's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emoticare.model.overlay import Adjustment
from emoticare.stages.probabilities import sigmoid
from emoticare.training.fitting.calibration import fit_calibration
from emoticare.training.fitting.thresholds import fit_thresholds

Bools = npt.NDArray[np.bool_]


def fit_adjustment(
    logits: npt.NDArray[np.floating], primary: Bools, plausible: Bools, labels: Sequence[str]
) -> Adjustment:
    """Fit an affine map of each label's logit, and thresholds on what it gives.

    Args:
        logits: Of the model on the domain's dev texts, shape (n_texts, n_labels).
        primary: What each text carries, same shape.
        plausible: What a text may carry: it counts neither for nor against. Same shape.
        labels: Names of the columns.
    """
    calibration = fit_calibration(logits, primary, ~plausible)
    probabilities = sigmoid(calibration.apply(logits).astype(np.float32))
    # Never decided and never missed.
    probabilities[plausible] = 0.0

    def by_label(values: npt.NDArray[np.float64]) -> dict[str, float]:
        return {label: round(float(value), 5) for label, value in zip(labels, values, strict=True)}

    return Adjustment(
        fit_thresholds(probabilities, primary, labels),
        by_label(calibration.scale),
        by_label(calibration.offset),
    )
