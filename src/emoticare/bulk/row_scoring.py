"""Rows -> the columns that scoring adds to them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from emoticare.bulk.rows import Rows, readable_texts
from emoticare.bulk.settings import ScoreSettings
from emoticare.classifier import EmotionClassifier, tokens_and_outputs
from emoticare.stages.checks import abstains
from emoticare.stages.decision import decide, resolve_threshold, strongest_first
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import clean_texts

_NAMES = pa.list_(pa.string())


@dataclass(frozen=True)
class ScoredRows:
    """Rows with what scoring adds.

    Attributes:
        rows: As they were read.
        added: The columns that are added, in the order of `ScoreSettings.added_columns`.
        failures: Rows that could not be scored.
        label_counts: How many rows carry each label.
    """

    rows: Rows
    added: pa.Table
    failures: int
    label_counts: Mapping[str, int]


def score_rows(classifier: EmotionClassifier, rows: Rows, settings: ScoreSettings) -> ScoredRows:
    """Score rows; one that cannot be scored gets its error instead of labels."""
    texts, faults = readable_texts(rows, settings.text_column)
    probabilities, warnings = _score(
        classifier,
        (text for i, text in enumerate(texts) if i not in faults),
        with_warnings=settings.warnings or settings.abstain,
    )
    thresholds = resolve_threshold(
        settings.threshold, classifier.labels, classifier.artifact.config.thresholds
    )
    decided = decide(probabilities, thresholds)
    if settings.abstain:
        decided[[abstains(found) for found in warnings]] = False
    labels = [
        strongest_first(classifier.labels, scores, is_on)
        for scores, is_on in zip(probabilities, decided, strict=True)
    ]
    scored = np.array([i not in faults for i in range(len(texts))], bool)
    columns = [
        _spread(pa.array(labels, _NAMES), scored),
        *_score_columns(probabilities, classifier.labels, settings, scored),
        *([_spread(pa.array(warnings, _NAMES), scored)] if settings.warnings else []),
        pa.array([faults.get(i) for i in range(len(texts))], pa.string()),
    ]
    return ScoredRows(
        rows,
        pa.table(columns, schema=added_schema(settings, classifier.labels)),
        len(faults),
        Counter(label for found in labels for label in found),
    )


def _score(
    classifier: EmotionClassifier, texts: Iterable[str], *, with_warnings: bool
) -> tuple[FloatArray, list[list[str]]]:
    """Return probabilities of shape (n_texts, n_labels), and if wanted the warnings of each."""
    parts, warnings = [np.zeros((0, len(classifier.labels)), np.float32)], []
    for tokenized, outputs in tokens_and_outputs(classifier, clean_texts(texts)):
        parts.append(sigmoid(outputs[:, : len(classifier.labels)]))
        if with_warnings:
            warnings += classifier.warnings(tokenized)
    return np.concatenate(parts), warnings


def added_schema(settings: ScoreSettings, labels: tuple[str, ...]) -> pa.Schema:
    """Return names and types of the columns that scoring adds."""
    names = settings.added_columns(labels)
    scores = {
        "none": [],
        "top": [pa.string(), pa.float32()],
        "all": [pa.float32() for _ in labels],
    }[settings.scores]
    types = [_NAMES, *scores, *([_NAMES] if settings.warnings else []), pa.string()]
    return pa.schema(list(zip(names, types, strict=True)))


def _score_columns(
    probabilities: FloatArray, labels: tuple[str, ...], settings: ScoreSettings, scored: Any
) -> list[pa.Array]:
    if settings.scores == "none":
        return []
    if settings.scores == "all":
        return [_spread(pa.array(column, pa.float32()), scored) for column in probabilities.T]
    best = probabilities.argmax(axis=1)
    return [
        _spread(pa.array([labels[i] for i in best], pa.string()), scored),
        _spread(pa.array(probabilities.max(axis=1), pa.float32()), scored),
    ]


def _spread(values: pa.Array, scored: Any) -> pa.Array:
    """Put the values of the scored rows in their places, and null elsewhere."""
    if scored.all():
        return values
    positions = np.cumsum(scored) - 1
    return values.take(pa.array(positions, pa.int64(), mask=~scored))
