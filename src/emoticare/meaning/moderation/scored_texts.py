"""Texts -> what the model reads of them for a policy, and its scores -> those of each text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from emoticare.errors import InputError
from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.documents.windows import Reading, combine, plan_readings, texts_of
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.tokens import TokenizedText

Span = tuple[int, int]
Tokenize = Callable[[Sequence[str]], list[TokenizedText]]


@dataclass(frozen=True, slots=True)
class ScoredText:
    """The scores of one text.

    Attributes:
        text: Probabilities of the whole text, float32 of shape (n_labels,).
        sentences: Those of its sentences, float32 of shape (n_sentences, n_labels); none where
            they were not read, or the text is a single one.
        spans: Where each sentence begins and ends, in characters.
    """

    text: FloatArray
    sentences: FloatArray
    spans: Sequence[Span]

    @staticmethod
    def whole(text: FloatArray) -> "ScoredText":
        """Returns the scores of a text whose sentences were not read."""
        return ScoredText(text, np.empty((0, len(text)), np.float32), ())


class ReadingPlan:
    """What the model must read of some texts: they themselves, and their sentences.

    Args:
        texts: Clean texts.
        tokenize: `EmotionClassifier.tokenize`; None leaves sentences out.
        most_sentences: Most sentences of all texts together; None for no limit.

    Attributes:
        texts: All to be scored; the texts come first.

    Raises:
        InputError: If there are more sentences.
    """

    def __init__(
        self, texts: Sequence[str], tokenize: Tokenize | None, most_sentences: int | None = None
    ) -> None:
        self._readings: list[list[Reading]] = []
        self.texts = [*texts]
        n_sentences = 0
        for text in texts:
            left = None if most_sentences is None else most_sentences - n_sentences + 1
            sentences = list(islice(split_sentences([text]), left)) if tokenize else []
            n_sentences += len(sentences)
            if most_sentences is not None and n_sentences > most_sentences:
                raise InputError(
                    f"Expected texts of at most {most_sentences} sentences together, found more. "
                    "Send several requests."
                )
            readings = plan_readings(sentences, tokenize) if tokenize and sentences else []
            # A text of one sentence is scored as a whole.
            self._readings.append(readings if len(readings) > 1 else [])
            self.texts += texts_of(self._readings[-1])

    def scored(self, logits: FloatArray) -> Iterator[ScoredText]:
        """Yields the scores of each text.

        Args:
            logits: Calibrated logits of `texts`, of shape (n, n_labels).
        """
        start = len(self._readings)
        for row, readings in zip(sigmoid(logits[:start]), self._readings, strict=True):
            stop = start + len(texts_of(readings))
            sentences = sigmoid(combine(readings, logits[start:stop]))
            yield ScoredText(row, sentences, [_span(reading) for reading in readings])
            start = stop


def _span(reading: Reading) -> Span:
    start = reading.sentence.start
    return start, start + len(reading.sentence.text)
