"""Calibrated probabilities -> labels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import ThresholdError, did_you_mean
from emoticare.stages.probabilities import FloatArray

Threshold = float | Mapping[str, float] | None

UNFITTED_THRESHOLD: Final = 0.5
"""Of every label, where a model's files hold no thresholds."""


@dataclass(frozen=True)
class Thresholds:
    """The decision thresholds that belong to a model, fitted on its development texts.

    Attributes:
        shared: The best single threshold for all labels.
        per_label: A threshold for each label; what a prediction uses when none is given.
    """

    shared: float
    per_label: Mapping[str, float]


def resolve_threshold(
    threshold: Threshold, labels: Sequence[str], defaults: Thresholds
) -> FloatArray:
    """Turn what a caller may give into one threshold a label.

    Args:
        threshold: None for the model's own, a number for all labels, or a mapping by label
            (labels it leaves out keep the model's own).
        labels: The labels of the model.
        defaults: The model's own thresholds.

    Returns:
        float32 of shape (n_labels,).

    Raises:
        ThresholdError: If it is none of these, out of [0, 1], or names an unknown label.
    """
    if threshold is not None and not isinstance(threshold, Mapping):
        return np.full(len(labels), _checked(threshold, "threshold"), np.float32)
    own = dict(defaults.per_label)
    for label, value in (threshold or {}).items():
        if label not in own:
            raise ThresholdError(
                f"Unknown label {label!r}.{did_you_mean(label, labels)} "
                f"Known labels: {', '.join(labels)}."
            )
        own[label] = _checked(value, f"threshold of {label}")
    return np.array([own[label] for label in labels], np.float32)


def decide(probabilities: FloatArray, thresholds: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which labels reach their threshold, bool of shape (n_texts, n_labels)."""
    return np.asarray(probabilities >= thresholds, np.bool_)


def strongest_first(
    labels: Sequence[str], probabilities: FloatArray, decided: npt.NDArray[np.bool_]
) -> list[str]:
    """Return the decided labels of one text, strongest first; ties stay in label order.

    Args:
        labels: Names of the columns.
        probabilities: Of the text, float32 of shape (n_labels,).
        decided: Which labels it carries, of the same shape.
    """
    # Few are decided: to sort them alone takes half the time.
    found: list[int] = decided.nonzero()[0].tolist()
    found.sort(key=(-probabilities).item)
    return [labels[i] for i in found]


def _checked(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ThresholdError(
            f"Expected a {name} that is a number from 0 to 1, found {type(value).__name__}. "
            "A threshold is None (the model's own), a number, or a mapping of labels to numbers."
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isnan(number) or not 0 <= number <= 1:
        raise ThresholdError(f"Expected a {name} from 0 to 1, found {number}.")
    return number
