"""Texts -> what the model reads of their sentences, and its logits -> those of each sentence."""

from collections.abc import Iterator, Sequence
from itertools import islice

from emoticare.errors import InputError
from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.documents.windows import (
    SentenceInput,
    Tokenize,
    combine,
    sentence_inputs,
)
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TokenizedText


class SentencePlan:
    """What to score for the sentences of some texts.

    Args:
        inputs: What `sentence_inputs` returned for each text.

    Attributes:
        inputs: The same.
        texts: All to score: for one text after the other its sentences, then their windows.
    """

    def __init__(self, inputs: Sequence[Sequence[SentenceInput]]) -> None:
        self.inputs = inputs
        self._texts = list(map(_texts, inputs))
        self.texts: list[str] = [text for texts in self._texts for text in texts]

    def logits(self, scored: FloatArray) -> Iterator[FloatArray]:
        """Yield the logits of each text's sentences, float32 of shape (n_sentences, n_labels).

        Args:
            scored: Calibrated logits of `texts`, of shape (n_texts, n_labels).
        """
        start = 0
        for inputs, texts in zip(self.inputs, self._texts, strict=True):
            yield combine(inputs, scored[start : start + len(texts)])
            start += len(texts)

    def n_tokens(self, tokenized: Sequence[TokenizedText]) -> Iterator[int]:
        """Yield how many tokens the sentences of each text have together.

        Args:
            tokenized: The tokens of `texts`.
        """
        start = 0
        for inputs, texts in zip(self.inputs, self._texts, strict=True):
            yield sum(len(one.input_ids) for one in tokenized[start : start + len(inputs)])
            start += len(texts)


def _texts(inputs: Sequence[SentenceInput]) -> list[str]:
    windows = [one.window for one in inputs if one.window is not None]
    return [*(one.text for one in inputs), *windows]


def plan_texts(
    texts: Sequence[str], tokenize: Tokenize, most_sentences: int | None = None
) -> list[list[SentenceInput]]:
    """Return the sentences of each text, and what to read for them.

    Args:
        texts: Clean texts.
        tokenize: `EmotionClassifier.tokenize`.
        most_sentences: Most sentences of all texts together; None for no limit.

    Raises:
        InputError: If there are more.
    """
    inputs: list[list[SentenceInput]] = []
    n_sentences = 0
    for text in texts:
        left = None if most_sentences is None else most_sentences - n_sentences + 1
        sentences = list(islice(split_sentences([text]), left))
        n_sentences += len(sentences)
        if most_sentences is not None and n_sentences > most_sentences:
            raise InputError(
                f"Expected texts of at most {most_sentences} sentences together, found more. "
                "Send several requests, or read long files with emoticare read."
            )
        inputs.append(sentence_inputs(sentences, tokenize) if sentences else [])
    return inputs
