"""Scores -> the answers of the routes."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from pydantic_core import to_json
from starlette.responses import Response

from emoticare.server.text_queue import Scores
from emoticare.stages.checks import abstains
from emoticare.stages.decision import decide, strongest_first
from emoticare.stages.groups import GROUPINGS, group_probabilities
from emoticare.stages.probabilities import FloatArray, sigmoid

# As many as on the command line.
_DECIMALS: Final = 6
# Answers for more texts than this are written by another thread, lest all others wait.
_TEXTS_AT_ONCE: Final = 32

LabelScores = list[dict[str, str | float]]


async def json_response(scores: Scores, write: Callable[[Scores], object]) -> Response:
    """Answer with what `write` makes of the scores, as JSON."""
    if len(scores.outputs) <= _TEXTS_AT_ONCE:
        content = to_json(write(scores))
    else:
        content = await asyncio.to_thread(lambda: to_json(write(scores)))
    return Response(content, media_type="application/json")


def emotions(
    scores: Scores,
    labels: Sequence[str],
    thresholds: FloatArray,
    top_k: int | None,
    exclusivity: float | None = None,
) -> list[dict[str, Any]]:
    """Return the emotions of each text in the native shape.

    Args:
        scores: Of the texts.
        labels: Of the model.
        thresholds: float32 of shape (n_labels,).
        top_k: How many of the best scores to give; None for all, in label order.
        exclusivity: The model's, for the probabilities of groups of emotions; None to leave those
            out.
    """
    found = described(sigmoid(scores.logits), labels, thresholds, top_k, exclusivity)
    return [
        {**result, "n_tokens": len(tokens.input_ids), "truncated": tokens.truncated}
        for result, tokens in zip(found, scores.tokenized, strict=True)
    ]


def with_warnings(
    results: list[dict[str, Any]], warnings: Sequence[list[str]], abstain: bool
) -> list[dict[str, Any]]:
    """Add to each answer of `emotions` its warnings.

    Args:
        results: The answers, which are changed.
        warnings: Of each text.
        abstain: Whether a text that should not be read gets no labels.
    """
    for result, found in zip(results, warnings, strict=True):
        result["warnings"] = found
        if abstain and abstains(found):
            result["labels"] = []
    return results


def described(
    probabilities: FloatArray,
    labels: Sequence[str],
    thresholds: FloatArray,
    top_k: int | None,
    exclusivity: float | None,
) -> list[dict[str, Any]]:
    """Return what each text, or each sentence, carries; see `emotions`.

    Args:
        probabilities: float32 of shape (n_texts, n_labels).
        labels: Of the model.
        thresholds: float32 of shape (n_labels,).
        top_k: How many of the best scores to give; None for all, in label order.
        exclusivity: The model's, for the probabilities of groups of emotions; None to leave those
            out.
    """
    decided = decide(probabilities, thresholds)
    results: list[dict[str, Any]] = [
        {
            "labels": strongest_first(labels, row, is_on),
            "scores": {labels[i]: values[i] for i in _shown(row, top_k)},
        }
        for row, is_on, values in zip(probabilities, decided, _rounded(probabilities), strict=True)
    ]
    if exclusivity is not None:
        grouping = _groups(probabilities, labels, exclusivity)
        for result, grouped in zip(results, grouping, strict=True):
            result["groups"] = grouped
    return results


def ranked(values: FloatArray, labels: Sequence[str], top_k: int | None) -> list[LabelScores]:
    """Return `{label, score}` for each label, best first, for each text.

    Args:
        values: What is ranked, of shape (n_texts, n_labels).
        labels: Of the model.
        top_k: How many to give; None for all.
    """
    order = np.argsort(-values, axis=1, kind="stable")[:, :top_k].tolist()
    return [
        [{"label": labels[i], "score": row[i]} for i in best]
        for best, row in zip(order, _rounded(values), strict=True)
    ]


def softmax(logits: FloatArray) -> FloatArray:
    """Return what sums to 1 over the labels, of the same shape.

    Wrong for labels that are not exclusive; here for clients that ask for it.
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _groups(
    probabilities: FloatArray, labels: Sequence[str], exclusivity: float
) -> Iterator[dict[str, dict[str, float]]]:
    values = [
        _rounded(group_probabilities(probabilities, labels, name, exclusivity))
        for name in GROUPINGS
    ]
    for rows in zip(*values, strict=True):
        yield {
            name: dict(zip(grouping, row, strict=True))
            for (name, grouping), row in zip(GROUPINGS.items(), rows, strict=True)
        }


def _shown(row: FloatArray, top_k: int | None) -> Sequence[int]:
    if top_k is None:
        return range(len(row))
    order: list[int] = np.argsort(-row, kind="stable")[:top_k].tolist()
    return order


def _rounded(values: FloatArray) -> list[list[float]]:
    rounded: list[list[float]] = np.round(values.astype(np.float64), _DECIMALS).tolist()
    return rounded
