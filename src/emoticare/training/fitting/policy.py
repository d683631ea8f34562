"""Fits the scores from which on the default moderation policy acts; docs/moderation.md."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.meaning.moderation import Category
from emoticare.stages.probabilities import FloatArray

FLAG_PRECISION: Final = 0.8
"""Of texts at or above the score that flags, at least so many belong to the category."""
_GRID: Final = np.round(np.arange(0.05, 0.96, 0.01), 2)
_LEAST: Final = 1e-9


def fit_policy(
    scores: FloatArray, belongs: npt.NDArray[np.bool_], categories: Sequence[Category]
) -> dict[str, dict[str, float]]:
    """Fit `review` to the best F1, and `flag`, where a category has one, to a precision.

    Args:
        scores: Of the categories, shape (n_texts, n_categories).
        belongs: Whether each text belongs to each, same shape.
        categories: In the order of the columns.

    Returns:
        The scores by category and action.
    """
    return {
        category.name: _fit(scores[:, column], belongs[:, column], flags=category.flag is not None)
        for column, category in enumerate(categories)
    }


def _fit(scores: FloatArray, belongs: npt.NDArray[np.bool_], *, flags: bool) -> dict[str, float]:
    curve = np.array([precision_recall(scores >= at, belongs) for at in _GRID])
    f1 = 2 * curve.prod(axis=1) / np.maximum(curve.sum(axis=1), _LEAST)
    fitted = {"review": float(_GRID[f1.argmax()])}
    if flags:
        # Above the last score that falls short, so that no higher one does.
        short = np.flatnonzero(curve[:, 0] < FLAG_PRECISION)
        first = short[-1] + 1 if len(short) else 0
        fitted["flag"] = float(_GRID[min(first, len(_GRID) - 1)])
    return fitted


def precision_recall(
    hit: npt.NDArray[np.bool_], belongs: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """Return both; 0 where nothing is hit, or nothing belongs."""
    right = (hit & belongs).sum()
    return float(right / max(hit.sum(), 1)), float(right / max(belongs.sum(), 1))
