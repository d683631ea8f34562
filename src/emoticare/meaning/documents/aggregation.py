"""The scores of sentences -> those of their document, by a rule chosen in docs/documents.md.

The score of a label is the mean of its two highest sentences, in which one sentence alone needs to
be surer than two. Since a mean is lower than what it stands for, namely that at least one sentence
carries the label, its log odds are raised by a constant. A document of one sentence has that
sentence's scores.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.stages.decision import Thresholds
from emoticare.stages.probabilities import FloatArray

TOP: Final = 2
"""How many sentences decide on a label."""

FITTED: Final = "aggregation.json"
"""The file of the constants, in this package."""


@dataclass(frozen=True)
class FittedShifts:
    """Constants fitted on dev by benchmarks/documents.py, all added to log odds.

    Attributes:
        score_shift: Makes the mean of the highest scores a calibrated probability.
        threshold_shift: From the threshold of a sentence to that of a document.
        threshold_shifts: The same for each label that it was fitted for.
    """

    score_shift: float
    threshold_shift: float
    threshold_shifts: Mapping[str, float]

    def of_label(self, label: str) -> float:
        """Returns the shift of a label's threshold; a label unknown here gets the shared one."""
        return self.threshold_shifts.get(label, self.threshold_shift)


class DocumentScores:
    """Gathers the scores of sentences as they come; memory does not grow with them.

    Args:
        n_labels: Labels of the model.

    Attributes:
        n_sentences: Sentences gathered.
    """

    def __init__(self, n_labels: int) -> None:
        self.n_sentences = 0
        self._top = np.zeros((TOP, n_labels), np.float32)

    def add(self, probabilities: FloatArray) -> None:
        """Adds sentences, of shape (n_sentences, n_labels)."""
        self.n_sentences += len(probabilities)
        together = np.concatenate([self._top, probabilities])
        self._top = -np.sort(-together, axis=0)[:TOP]

    def probabilities(self) -> FloatArray:
        """Returns the document's, float32 of shape (n_labels,); 0 for no sentences."""
        n_top = min(TOP, self.n_sentences)
        if n_top <= 1:
            return np.asarray(self._top[0])
        mean = self._top.astype(np.float64).mean(axis=0)
        return np.asarray(shift_log_odds(mean, fitted().score_shift), np.float32)


def document_thresholds(own: Thresholds, labels: Sequence[str], n_sentences: int) -> Thresholds:
    """Returns the thresholds of a document.

    Args:
        own: The model's thresholds of a sentence.
        labels: Of the model.
        n_sentences: Sentences of the document; of one, it has that sentence's thresholds.
    """
    if n_sentences <= 1:
        return own
    shifts = fitted()
    return Thresholds(
        float(shift_log_odds(own.shared, shifts.threshold_shift)),
        {
            label: float(shift_log_odds(own.per_label[label], shifts.of_label(label)))
            for label in labels
        },
    )


def shift_log_odds(
    probabilities: npt.NDArray[np.float64] | float, shift: float
) -> npt.NDArray[np.float64]:
    """Returns the probabilities with their log odds raised, float64 of the same shape."""
    ratio = math.exp(shift)
    return np.asarray(probabilities * ratio / (1.0 + probabilities * (ratio - 1.0)), np.float64)


@lru_cache(maxsize=1)
def fitted() -> FittedShifts:
    """Returns the constants of the package."""
    content = files("emoticare.meaning.documents").joinpath(FITTED).read_text(encoding="utf-8")
    return FittedShifts(**json.loads(content)["shifts"])
