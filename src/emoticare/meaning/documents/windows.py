"""Sentences -> what the model reads of them: each alone, a short one with its neighbours, too.

"Really?" says little alone. So the score of a sentence of few words is partly that of a window of
its paragraph around it; docs/documents.md has the figures behind the constants.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emoticare.meaning.documents.sentences import SentenceText
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import clean_text
from emoticare.stages.tokens import TokenizedText

Tokenize = Callable[[Sequence[str]], list[TokenizedText]]

WINDOW_WORDS: Final = 4
"""Fewest words that a sentence needs to be read alone, and that a window holds."""

NEIGHBOUR_WORDS: Final = 8
"""Most words of a neighbour in a window, the nearest."""

WINDOW_WEIGHT: Final = 0.3
"""Share of the window in the logits of a sentence that has one."""


@dataclass(frozen=True, slots=True)
class SentenceInput:
    """A sentence, and what the model reads for it.

    Attributes:
        sentence: The sentence.
        text: It again, clean, so that it can be tokenized.
        window: It and its neighbours, clean; None if it is long enough or has none.
    """

    sentence: SentenceText
    text: str
    window: str | None


def sentence_inputs(sentences: Sequence[SentenceText], tokenize: Tokenize) -> list[SentenceInput]:
    """Return what to read for each sentence; one beyond the model's length is cut into several.

    Args:
        sentences: Consecutive sentences of a text.
        tokenize: `EmotionClassifier.tokenize`.
    """
    fitting = [part for sentence in _fit(sentences, tokenize) for part in sentence]
    windows: list[str | None] = []
    for paragraph in _paragraphs(fitting):
        words = [sentence.text.split() for sentence in paragraph]
        windows += [_window(words, i) for i in range(len(paragraph))]
    too_long = _too_long([window for window in windows if window is not None], tokenize)
    return [
        SentenceInput(sentence, clean_text(sentence.text), None if window in too_long else window)
        for sentence, window in zip(fitting, windows, strict=True)
    ]


def combine(inputs: Sequence[SentenceInput], logits: FloatArray) -> FloatArray:
    """Return the logits of the sentences.

    Args:
        inputs: What was read.
        logits: Of the sentences, then of the windows there are, of shape (n_texts, n_labels).

    Returns:
        float32 of shape (n_sentences, n_labels).
    """
    combined = logits[: len(inputs)].copy()
    has_window = np.array([one.window is not None for one in inputs], np.bool_)
    of_windows = logits[len(inputs) :]
    combined[has_window] += np.float32(WINDOW_WEIGHT) * (of_windows - combined[has_window])
    return combined


def _fit(sentences: Sequence[SentenceText], tokenize: Tokenize) -> Iterator[list[SentenceText]]:
    """Yield each sentence, or its parts: cut in two until the model reads all of them."""
    tokenized = tokenize([clean_text(sentence.text) for sentence in sentences])
    for sentence, tokens in zip(sentences, tokenized, strict=True):
        if tokens.truncated and len(sentence.text) > 1:
            parts = list(sentence.cut(max(1, 3 * len(sentence.text) // 5)))
            yield [part for fitting in _fit(parts, tokenize) for part in fitting]
        else:
            yield [sentence]


def _too_long(texts: Sequence[str], tokenize: Tokenize) -> set[str | None]:
    tokenized = zip(texts, tokenize(texts), strict=True)
    return {text for text, tokens in tokenized if tokens.truncated}


def _paragraphs(sentences: Sequence[SentenceText]) -> Iterator[list[SentenceText]]:
    paragraph: list[SentenceText] = []
    for sentence in sentences:
        if sentence.opens_paragraph and paragraph:
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


def _window(paragraph: list[list[str]], position: int) -> str | None:
    """Take in words of the sentence before, then of the one after, until there are enough.

    Args:
        paragraph: The words of each sentence.
        position: The sentence that may need a window.
    """
    words = paragraph[position]
    if len(words) >= WINDOW_WORDS or len(paragraph) == 1:
        return None
    before, after = position - 1, position + 1
    takes_before = True
    while len(words) < WINDOW_WORDS and (before >= 0 or after < len(paragraph)):
        if before >= 0 and (takes_before or after == len(paragraph)):
            words = [*paragraph[before][-NEIGHBOUR_WORDS:], *words]
            before -= 1
        else:
            words = [*words, *paragraph[after][:NEIGHBOUR_WORDS]]
            after += 1
        takes_before = not takes_before
    return clean_text(" ".join(words))
