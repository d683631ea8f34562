"""Long texts of a request: what to score of them, and their sentences in the answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from emoticare.meaning.documents.aggregation import DocumentScores
from emoticare.meaning.documents.sentences import split_sentences
from emoticare.meaning.documents.windows import Reading, combine, plan_readings, texts_of
from emoticare.model.artifact import ModelConfig
from emoticare.server.answers import described
from emoticare.server.errors import ValidationError
from emoticare.server.text_queue import Scores
from emoticare.stages.decision import FloatArray, Threshold, resolve_threshold
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.tokens import TokenizedText


@dataclass(frozen=True)
class SpanOptions:
    """What a request asks of its sentences and texts.

    Attributes:
        model: What the model's config.json says.
        threshold: What the request asks for instead.
        top_k: How many of the best scores to give; None for all.
        exclusivity: The model's, for the probabilities of groups of emotions; None to leave those
            out.
    """

    model: ModelConfig
    threshold: Threshold
    top_k: int | None
    exclusivity: float | None


def plan(
    texts: Sequence[str],
    tokenize: Callable[[Sequence[str]], list[TokenizedText]],
    most_sentences: int,
) -> list[list[Reading]]:
    """Returns the sentences of each text, and what to score for them.

    Args:
        texts: Clean texts.
        tokenize: `BatchingScorer.tokenize`.
        most_sentences: Most sentences of all texts together.

    Raises:
        ServingError: If there are too many sentences or the model fails.
    """
    left = most_sentences
    planned = []
    for text in texts:
        sentences = list(islice(split_sentences([text]), left + 1))
        left -= len(sentences)
        if left < 0:
            raise ValidationError(
                f"Expected texts of at most {most_sentences} sentences together, found more. "
                "Send several requests, or read long files with emoticare read."
            )
        planned.append(plan_readings(sentences, tokenize))
    return planned


def results(
    planned: Sequence[Sequence[Reading]], scores: Scores, options: SpanOptions
) -> list[dict[str, Any]]:
    """Returns the emotions of each text and of its sentences, in the native shape.

    Args:
        planned: What `plan` returned.
        scores: Of all its texts, one plan after the other.
        options: What the request asks for.
    """
    return [
        _result(readings, logits, tokenized, options)
        for readings, logits, tokenized in _portions(planned, scores)
    ]


def _portions(
    planned: Sequence[Sequence[Reading]], scores: Scores
) -> Iterator[tuple[Sequence[Reading], FloatArray, Sequence[TokenizedText]]]:
    start = 0
    for readings in planned:
        end = start + len(texts_of(readings))
        yield readings, scores.logits[start:end], scores.tokenized[start:end]
        start = end


def _result(
    readings: Sequence[Reading],
    logits: FloatArray,
    tokenized: Sequence[TokenizedText],
    options: SpanOptions,
) -> dict[str, Any]:
    probabilities = sigmoid(combine(readings, logits))
    labels, own, fitted = options.model.labels, options.model.thresholds, options.model.fitted
    thresholds = resolve_threshold(options.threshold, labels, own)
    whole = DocumentScores(len(labels), fitted.documents)
    whole.add(probabilities)
    of_whole = resolve_threshold(options.threshold, labels, whole.thresholds(own, labels))
    row = whole.probabilities()[np.newaxis]
    (result,) = described(row, labels, of_whole, options.top_k, options.exclusivity)
    found = described(probabilities, labels, thresholds, options.top_k, options.exclusivity)
    sentences = [
        {
            "start": reading.sentence.start,
            "end": reading.sentence.start + len(reading.sentence.text),
            **emotions,
        }
        for reading, emotions in zip(readings, found, strict=True)
    ]
    n_tokens = sum(len(tokens.input_ids) for tokens in tokenized[: len(readings)])
    return {**result, "n_tokens": n_tokens, "truncated": False, "sentences": sentences}
