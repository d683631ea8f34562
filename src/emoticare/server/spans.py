"""Long texts of a request: what to score of them, and their sentences in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emoticare.errors import InputError
from emoticare.meaning.documents.aggregation import DocumentScores
from emoticare.meaning.documents.plan import SentencePlan, plan_texts
from emoticare.meaning.documents.windows import SentenceInput, Tokenize
from emoticare.model.config import ModelConfig
from emoticare.server.answers import described
from emoticare.server.errors import ValidationError
from emoticare.server.text_queue import Scores
from emoticare.stages.decision import Threshold, resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid


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


def plan(texts: Sequence[str], tokenize: Tokenize, most_sentences: int) -> SentencePlan:
    """Return the sentences of each text, and what to score for them.

    Args:
        texts: Clean texts.
        tokenize: `BatchingScorer.tokenize`.
        most_sentences: Most sentences of all texts together.

    Raises:
        ServingError: If there are too many sentences or the model fails.
    """
    try:
        return SentencePlan(plan_texts(texts, tokenize, most_sentences))
    except InputError as error:
        raise ValidationError(str(error)) from None


def results(planned: SentencePlan, scores: Scores, options: SpanOptions) -> list[dict[str, Any]]:
    """Return the emotions of each text and of its sentences, in the native shape.

    Args:
        planned: What `plan` returned.
        scores: Of all its texts.
        options: What the request asks for.
    """
    n_tokens = planned.n_tokens(scores.tokenized)
    rows = zip(planned.inputs, planned.logits(scores.logits), n_tokens, strict=True)
    return [
        _result(inputs, sigmoid(logits), options, of_sentences)
        for inputs, logits, of_sentences in rows
    ]


def _result(
    inputs: Sequence[SentenceInput],
    probabilities: FloatArray,
    options: SpanOptions,
    n_tokens: int,
) -> dict[str, Any]:
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
            "start": one.sentence.start,
            "end": one.sentence.start + len(one.sentence.text),
            **emotions,
        }
        for one, emotions in zip(inputs, found, strict=True)
    ]
    return {**result, "n_tokens": n_tokens, "truncated": False, "sentences": sentences}
