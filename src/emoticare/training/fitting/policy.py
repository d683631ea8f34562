"""Fits the scores from which on the default moderation policy acts; docs/moderation.md."""

from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.labels import RISKS
from emoticare.meaning.moderation import Category
from emoticare.stages.probabilities import FloatArray

FLAG_PRECISION: Final = 0.8
"""Of texts at or above the score that flags, at least so many belong to the category."""
REVIEW_RECALL: Final = 0.9
"""Of the texts that carry a risk, at least so many reach the score that asks for a review."""
_GRID: Final = np.round(np.arange(0.05, 0.96, 0.01), 2)
# A risk is rare, and so a text that reads as one is still improbable.
_FINE_GRID: Final = np.concatenate([np.round(np.arange(0.001, 0.05, 0.001), 3), _GRID])
_LEAST: Final = 1e-9


def fit_emotions(
    scores: FloatArray, belongs: npt.NDArray[np.bool_], category: Category
) -> dict[str, float]:
    """Fit `review` to the best F1, and `flag`, where the category has one, to a precision.

    Args:
        scores: Of the category, shape (n_texts,).
        belongs: Whether each text belongs to it, same shape.
        category: Of emotions.
    """
    curve = np.array([precision_recall(scores >= at, belongs) for at in _GRID])
    f1 = 2 * curve.prod(axis=1) / np.maximum(curve.sum(axis=1), _LEAST)
    fitted = {"review": float(_GRID[f1.argmax()])}
    if category.flag is not None:
        fitted["flag"] = float(_GRID[_first_precise(curve[:, 0], scores.max() >= _GRID)])
    return fitted


def fit_risk(
    scores: FloatArray, risks: npt.NDArray[np.bool_], category: Category
) -> dict[str, float]:
    """Fit `review` to a recall, for nobody should be missed, and `flag` to a precision.

    Args:
        scores: Of the category, shape (n_texts,).
        risks: Which of `RISKS` each text carries, shape (n_texts, n_risks). A text that carries
            another risk than the category's is left out: it may well carry both.
        category: Of risks.
    """
    own = [column for column, risk in enumerate(RISKS) if risk in category.risks]
    belongs = np.asarray(risks[:, own].any(axis=1))
    counts = belongs | ~np.asarray(risks.any(axis=1))
    curve = np.array([precision_recall(scores[counts] >= at, belongs[counts]) for at in _FINE_GRID])
    # Recall falls as the score rises: the last that is high enough.
    high = int(np.searchsorted(-curve[:, 1], -REVIEW_RECALL, side="right")) - 1
    flag = max(_first_precise(curve[:, 0], scores[counts].max() >= _FINE_GRID), 1)
    review = min(max(high, 0), flag - 1)
    return {"review": float(_FINE_GRID[review]), "flag": float(_FINE_GRID[flag])}


def _first_precise(precision: npt.NDArray[np.float64], is_reached: npt.NDArray[np.bool_]) -> int:
    """Return the place of the first score from which on none falls short of `FLAG_PRECISION`.

    Args:
        precision: Of the texts at or above each score.
        is_reached: Whether there are such texts, same shape.
    """
    short = np.flatnonzero((precision < FLAG_PRECISION) & is_reached)
    first = int(short[-1]) + 1 if len(short) else 0
    return min(first, len(precision) - 1)


def precision_recall(
    hit: npt.NDArray[np.bool_], belongs: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """Return both; 0 where nothing is hit, or nothing belongs."""
    right = (hit & belongs).sum()
    return float(right / max(hit.sum(), 1)), float(right / max(belongs.sum(), 1))
