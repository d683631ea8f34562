"""Fits how far the labels of a group exclude each other; docs/groups.md."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from emoticare.evaluation.metrics import bce_loss
from emoticare.stages.groups import GROUPINGS, noisy_or_and_sum
from emoticare.stages.probabilities import FloatArray

GRID = np.linspace(0, 1, 101)


def fit_exclusivity(
    probabilities: FloatArray, multi_hot: npt.NDArray[np.bool_], labels: Sequence[str]
) -> float:
    """Return the share of the sum with the lowest loss over all groups of all groupings.

    Args:
        probabilities: Calibrated, shape (n_texts, n_labels).
        multi_hot: Labels, same shape.
        labels: Names of the columns; all of GoEmotions' among them.
    """
    losses = np.zeros(len(GRID))
    for name, grouping in GROUPINGS.items():
        y_true = carries_group(multi_hot, labels, grouping)
        noisy_or, capped_sum = noisy_or_and_sum(probabilities, labels, name)
        losses += [bce_loss(y_true, noisy_or + x * (capped_sum - noisy_or)) for x in GRID]
    return round(float(GRID[int(losses.argmin())]), 2)


def carries_group(
    multi_hot: npt.NDArray[np.bool_], labels: Sequence[str], grouping: Mapping[str, Sequence[str]]
) -> npt.NDArray[np.bool_]:
    """Return whether each text carries each group, of shape (n_texts, n_groups)."""
    columns = [[labels.index(label) for label in members] for members in grouping.values()]
    return np.stack([multi_hot[:, members].any(axis=1) for members in columns], axis=1)
