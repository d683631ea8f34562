"""Texts -> what the model reads of them and of their sentences, and its logits -> their scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.meaning.documents.plan import SentencePlan, plan_texts
from emoticare.meaning.documents.windows import SentenceInput, Tokenize
from emoticare.stages.probabilities import FloatArray, sigmoid

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ScoredText:
    """The scores of one text.

    Attributes:
        text: Probabilities of the whole text, of all labels and then of all risks that the model
            tells of, float32 of shape (n_outputs,).
        sentences: Those of its sentences, float32 of shape (n_sentences, n_outputs); none where
            they were not read, or the text is a single one.
        spans: Where each sentence begins and ends, in characters.
    """

    text: FloatArray
    sentences: FloatArray
    spans: Sequence[Span]

    @staticmethod
    def whole(text: FloatArray) -> "ScoredText":
        """Return the scores of a text whose sentences were not read."""
        return ScoredText(text, np.empty((0, len(text)), np.float32), ())


class ScoringPlan:
    """What to score of some texts: they themselves, and their sentences.

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
        self._n_texts = len(texts)
        self._sentences: SentencePlan | None = None
        self.texts: list[str] = [*texts]
        if tokenize:
            inputs = plan_texts(texts, tokenize, most_sentences)
            # A text of one sentence is scored as a whole.
            self._sentences = SentencePlan([one if len(one) > 1 else [] for one in inputs])
            self.texts += self._sentences.texts

    @property
    def divided(self) -> frozenset[int]:
        """The places of texts that have sentences to be scored beside them."""
        inputs = self._sentences.inputs if self._sentences else ()
        return frozenset(i for i, sentences in enumerate(inputs) if sentences)

    def scored(self, outputs: FloatArray) -> Iterator[ScoredText]:
        """Yield the scores of each text.

        Args:
            outputs: Calibrated logits of `texts`, of shape (n, n_outputs).
        """
        whole = sigmoid(outputs[: self._n_texts])
        if self._sentences is None:
            yield from map(ScoredText.whole, whole)
            return
        of_sentences = self._sentences.logits(outputs[self._n_texts :])
        for row, inputs, sentences in zip(whole, self._sentences.inputs, of_sentences, strict=True):
            yield ScoredText(row, sigmoid(sentences), [_span(one) for one in inputs])


def _span(one: SentenceInput) -> Span:
    return one.sentence.start, one.sentence.start + len(one.sentence.text)
