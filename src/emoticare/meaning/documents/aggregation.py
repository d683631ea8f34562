"""The scores of sentences -> those of their document, by a rule chosen in docs/documents.md.

The score of a label is the mean of its two highest sentences, in which one sentence alone needs to
be surer than two. Since a mean is lower than what it stands for, namely that at least one sentence
carries the label, its log odds are raised by a constant of the model. A document of one sentence
has that sentence's scores. A model for which no constants were fitted gets the plain rule: the
highest score counts, at the thresholds of sentences.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.model.fitted import DocumentShifts
from emoticare.stages.decision import Thresholds
from emoticare.stages.probabilities import FloatArray

TOP: Final = 2
"""How many sentences decide on a label, of a model with fitted constants."""


class DocumentScores:
    """Gathers the scores of sentences as they come; memory does not grow with them.

    Args:
        n_labels: Labels of the model.
        shifts: The model's constants, if any were fitted.

    Attributes:
        n_sentences: Sentences gathered.
    """

    def __init__(self, n_labels: int, shifts: DocumentShifts | None) -> None:
        self.n_sentences: int = 0
        self._shifts = shifts
        self._top = np.zeros((TOP if shifts else 1, n_labels), np.float32)

    def add(self, probabilities: FloatArray) -> None:
        """Add sentences, of shape (n_sentences, n_labels)."""
        self.n_sentences += len(probabilities)
        together = np.concatenate([self._top, probabilities])
        self._top = -np.sort(-together, axis=0)[: len(self._top)]

    def probabilities(self) -> FloatArray:
        """Return the document's, float32 of shape (n_labels,); 0 for no sentences."""
        if self._shifts is None or self.n_sentences <= 1:
            return np.asarray(self._top[0])
        mean = self._top.astype(np.float64).mean(axis=0)
        return np.asarray(shift_log_odds(mean, self._shifts.score_shift), np.float32)

    def thresholds(self, own: Thresholds, labels: Sequence[str]) -> Thresholds:
        """Return the thresholds of a document of as many sentences; see `document_thresholds`."""
        return own if self.n_sentences <= 1 else document_thresholds(own, labels, self._shifts)


def document_thresholds(
    own: Thresholds, labels: Sequence[str], shifts: DocumentShifts | None
) -> Thresholds:
    """Return the thresholds of a document of several sentences.

    Args:
        own: The model's thresholds of a sentence.
        labels: Of the model.
        shifts: The model's; without them a document has the thresholds of its sentences.
    """
    if shifts is None:
        return own
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
    """Return the probabilities with their log odds raised, float64 of the same shape."""
    ratio = math.exp(shift)
    return np.asarray(probabilities * ratio / (1.0 + probabilities * (ratio - 1.0)), np.float64)
