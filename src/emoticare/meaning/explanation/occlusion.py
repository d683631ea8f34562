"""Occlusion: the text is scored again without each of its words, all in shared batches.

Source: Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks"; for words,
    Li, Monroe & Jurafsky (2016), "Understanding neural networks through representation erasure".
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.explanation.explanation import Explanation
from emoticare.meaning.explanation.parts import Part
from emoticare.meaning.explanation.units import (
    Unit,
    compact,
    content_spans,
    iterate_units,
    merge_units,
    split_units,
)
from emoticare.meaning.scorer import TextScorer
from emoticare.model.config import ModelConfig
from emoticare.prediction import make_predictions
from emoticare.stages.decision import Threshold, resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, Reply, clean_text, in_context
from emoticare.stages.tokens import TokenizedText

Tokenize = Callable[[Sequence[Readable]], list[TokenizedText]]
TokenOffsets = Callable[[Readable], Sequence[tuple[int, int]]]

# Tokens that the copies without a word may have together: about half a second of two processors.
# A text of 128 tokens is explained word by word, one of 512 in 32 phrases.
_MOST_TOKENS: Final = 16_384
_FEWEST_PARTS: Final = 32
# Of a longer text only the words that can carry an emotion are tried, at half the cost.
_ALL_WORDS: Final = 12


@dataclass(frozen=True)
class Occlusion:
    """A text and its occluded copies: what to score, and what follows from the scores.

    Attributes:
        text: The text.
        words: What is occluded word by word.
        sentences: What is occluded sentence by sentence.
        context_text: What was said before the text; "" for nothing.
        context: What is occluded of it, word by word.
        is_by_phrase: Whether the words were too many, and are phrases.
        copies: Tokens of the whole text, of the text without each word, without each sentence, and
            without each word of what was said before.
    """

    text: str
    words: list[Unit]
    sentences: list[Unit]
    context_text: str
    context: list[Unit]
    is_by_phrase: bool
    copies: list[TokenizedText]

    @classmethod
    def of(
        cls, tokenize: Tokenize, token_offsets: TokenOffsets, text: str, context: str = ""
    ) -> "Occlusion":
        """Prepare the copies of a text; the number of their tokens is bounded.

        Args:
            tokenize: Returns the tokens of texts.
            token_offsets: Returns where each token of a text begins and ends.
            text: A clean text.
            context: What was said before it, as clean text.
        """
        readable = in_context(text, context)
        (whole,) = tokenize([readable])
        starts = token_starts(token_offsets, text, _alone(whole))
        if whole.n_context:
            starts = [*(None for _ in range(whole.n_context)), *starts[1:]]
        most = max(_FEWEST_PARTS, _MOST_TOKENS // len(whole.input_ids))
        read = {start for start in starts if start is not None}
        last = max(read, default=-1)
        reached = takewhile(lambda unit: unit.start <= last, iterate_units(text))
        units = [unit for unit in reached if unit.start in read]
        telling = content_spans(text, units, _ALL_WORDS)
        words = merge_units(telling, most)
        sentences = merge_units(_sentences(text, units), _FEWEST_PARTS)
        telling_before, starts_before = _context_units(token_offsets, context, whole)
        context_words = merge_units(telling_before, most)
        return cls(
            text,
            words,
            sentences,
            context if isinstance(readable, Reply) else "",
            context_words,
            len(words) < len(telling) or len(context_words) < len(telling_before),
            [
                whole,
                *(_without(whole, starts, part) for part in (*words, *sentences)),
                *(_without_before(whole, starts_before, part) for part in context_words),
            ],
        )

    def explanation(
        self,
        logits: FloatArray,
        config: ModelConfig,
        thresholds: FloatArray,
        warnings: list[str],
    ) -> Explanation:
        """Turn the scores of the copies into an explanation.

        Args:
            logits: Of the copies, float32 of shape (n_copies, n_labels).
            config: Of the model.
            thresholds: float32 of shape (n_labels,).
            warnings: Of the whole text.
        """
        effects = logits[0] - logits[1:]
        parts = [
            Part(unit.start, unit.end, dict(zip(config.labels, row.tolist(), strict=True)))
            for unit, row in zip(
                [*self.words, *self.sentences, *self.context], effects, strict=True
            )
        ]
        (prediction,) = make_predictions(
            config.labels,
            self.copies[:1],
            sigmoid(logits[:1]),
            thresholds,
            [warnings],
            exclusivity=config.fitted.exclusivity,
        )
        n_words, n_own = len(self.words), len(self.words) + len(self.sentences)
        return Explanation(
            self.text,
            prediction,
            parts[:n_words],
            parts[n_words:n_own],
            self.is_by_phrase,
            self.context_text,
            parts[n_own:],
        )


def explain(
    classifier: TextScorer,
    text: str,
    threshold: Threshold = None,
    context: str | None = None,
) -> Explanation:
    """Return how much each word and each sentence of a text moves each emotion.

    The effect of a word is the text's logit less that of the text without the word. So of two words
    that say the same each seems to matter little, and the effects do not sum to the logit. The cost
    is bounded whatever the text: see `Occlusion`.

    Args:
        classifier: The model.
        text: Any text, the empty one too.
        threshold: As for `TextScorer.predict`.
        context: What was said before the text, whose words are tried, too; None for nothing.

    Raises:
        InputError: If the text is not a string, or the context neither string nor None.
        ThresholdError: If the threshold makes no sense.
        UsageError: If there is a context and the model reads none.
    """
    config = classifier.artifact.config
    if context is not None:
        config.check_reads_context()
    thresholds = resolve_threshold(threshold, config.labels, config.thresholds)
    occlusion = Occlusion.of(
        classifier.tokenize,
        classifier.tokenizer.offsets,
        clean_text(text),
        "" if context is None else clean_text(context),
    )
    (warnings,) = classifier.warnings(occlusion.copies[:1])
    logits = classifier.logits(occlusion.copies)
    return occlusion.explanation(logits, config, thresholds, warnings)


def _sentences(text: str, units: Sequence[Unit]) -> list[Unit]:
    """Return the sentences in which the units lie."""
    end = units[-1].end if units else 0
    places = [
        Unit(piece.start, piece.start + len(piece.text))
        for sentence in split_sentences([text[:end]])
        for piece in sentence.cut(end)
    ]
    begin = [unit.start for unit in units]
    return [
        place for place in places if bisect_left(begin, place.start) < bisect_left(begin, place.end)
    ]


def token_starts(token_offsets: TokenOffsets, text: str, whole: TokenizedText) -> list[int | None]:
    """Return where in the text each token begins; None for the special tokens."""
    n_tokens = len(whole.input_ids)
    units = split_units(text, n_tokens)
    short, places = compact(text, units)
    offsets = token_offsets(short)
    if len(offsets) != n_tokens:
        # Signs that the tokenizer drops were among the units; this costs more for a long text.
        units = places = split_units(text, len(text))
        offsets = token_offsets(text)
    return _starts_of_units(offsets, places, units)


def _starts_of_units(
    offsets: Sequence[tuple[int, int]], places: Sequence[Unit], units: Sequence[Unit]
) -> list[int | None]:
    """Return where the unit of each token begins, by the places of tokens and units in one text."""
    starts: list[int | None] = []
    number = 0
    for start, end in offsets:
        # Some tokenizers count the space before a word in; the last character is the token's own.
        while number + 1 < len(places) and places[number].end < end:
            number += 1
        starts.append(units[number].start if units and end > start else None)
    return starts


def _context_units(
    token_offsets: TokenOffsets, context: str, whole: TokenizedText
) -> tuple[list[Unit], list[int | None]]:
    """Return the words to try of what was said before, and where the word of each token begins."""
    n_read = whole.n_context - 2
    if n_read < 1:
        return [], []
    # With an empty reply there is room for all that was read, and perhaps for more before it.
    offsets = token_offsets(Reply("", context))[1:-2][-n_read:]
    begin, end = offsets[0][0], offsets[-1][1]
    found = split_units(context[begin:end], end - begin)
    units = [Unit(begin + unit.start, begin + unit.end) for unit in found]
    starts = _starts_of_units(offsets, units, units)
    read = [unit for unit in units if unit.start in starts]
    return content_spans(context, read, _ALL_WORDS), starts


def _alone(whole: TokenizedText) -> TokenizedText:
    """Return a text's own tokens, as it has them without what was said before it."""
    if not whole.n_context:
        return whole
    first, own = whole.input_ids[0], whole.input_ids[whole.n_context :]
    return TokenizedText([first, *own], whole.truncated)


def _without(whole: TokenizedText, starts: Sequence[int | None], part: Unit) -> TokenizedText:
    return TokenizedText(_kept(whole.input_ids, starts, part), truncated=False)


def _without_before(
    whole: TokenizedText, starts: Sequence[int | None], part: Unit
) -> TokenizedText:
    """Return a text behind what was said before it without a part of that."""
    first, *before, last = whole.input_ids[: whole.n_context]
    kept = _kept(before, starts, part)
    if not kept:  # nothing was said before: the text is read alone
        return _alone(whole)
    return TokenizedText([first, *kept, last, *whole.input_ids[whole.n_context :]], truncated=False)


def _kept(tokens: Sequence[int], starts: Sequence[int | None], part: Unit) -> list[int]:
    return [
        token
        for token, start in zip(tokens, starts, strict=True)
        if start is None or not part.start <= start < part.end
    ]
