"""Rows -> the columns that scoring adds to them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from emoticare.bulk.rows import Rows, readable_replies
from emoticare.bulk.settings import GROUP_COLUMNS, ScoreSettings
from emoticare.bulk.tables import ColumnType, ListOf, PlainSchema, PlainTable, Scalar
from emoticare.classifier import EmotionClassifier, tokens_and_outputs
from emoticare.stages.checks import abstains
from emoticare.stages.decision import decide, resolve_threshold, strongest_first
from emoticare.stages.groups import GROUPINGS, group_probabilities
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, clean_replies, clean_texts

_NAMES: Final = ListOf(Scalar.TEXT)


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
    added: PlainTable
    failures: int
    label_counts: Mapping[str, int]


OnRows = Callable[[int], object]


def score_rows(
    classifier: EmotionClassifier,
    rows: Rows,
    settings: ScoreSettings,
    on_rows: OnRows | None = None,
) -> ScoredRows:
    """Score rows; one that cannot be scored gets its error instead of labels.

    Args:
        classifier: The model.
        rows: The rows.
        settings: How.
        on_rows: Called now and then with the number of rows scored since the last call.
    """
    texts, contexts, faults = readable_replies(rows, settings.text_column, settings.context_column)
    scored = [i for i in range(len(texts)) if i not in faults]
    if on_rows is not None and faults:
        on_rows(len(faults))
    alone = [texts[i] for i in scored]
    probabilities, warnings = _score(
        classifier,
        clean_texts(alone)
        if settings.context_column is None
        else clean_replies(alone, [contexts[i] for i in scored]),
        with_warnings=settings.warnings or settings.abstain,
        on_rows=on_rows,
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
    of_scored = [
        labels,
        *_score_columns(probabilities, classifier.labels, settings),
        *(_group_columns(probabilities, classifier) if settings.groups else []),
        *([warnings] if settings.warnings else []),
    ]
    columns = [
        *(_spread(values, len(texts), faults) for values in of_scored),
        [faults.get(i) for i in range(len(texts))],
    ]
    return ScoredRows(
        rows,
        PlainTable(added_schema(settings, classifier.labels), columns),
        len(faults),
        Counter(label for found in labels for label in found),
    )


def _score(
    classifier: EmotionClassifier,
    texts: Iterator[Readable],
    *,
    with_warnings: bool,
    on_rows: OnRows | None,
) -> tuple[FloatArray, list[list[str]]]:
    """Return probabilities of shape (n_texts, n_labels), and if wanted the warnings of each."""
    parts, warnings = [np.zeros((0, len(classifier.labels)), np.float32)], []
    for tokenized, outputs in tokens_and_outputs(classifier, texts, on_rows):
        parts.append(sigmoid(outputs[:, : len(classifier.labels)]))
        if with_warnings:
            warnings += classifier.warnings(tokenized)
    return np.concatenate(parts), warnings


def added_schema(settings: ScoreSettings, labels: tuple[str, ...]) -> PlainSchema:
    """Return names and types of the columns that scoring adds."""
    names = settings.added_columns(labels)
    scores: Sequence[ColumnType] = {
        "none": [],
        "top": [Scalar.TEXT, Scalar.SCORE],
        "all": [Scalar.SCORE for _ in labels],
    }[settings.scores]
    types: list[ColumnType] = [
        _NAMES,
        *scores,
        *(Scalar.SCORE for _ in (GROUP_COLUMNS if settings.groups else ())),
        *([_NAMES] if settings.warnings else []),
        Scalar.TEXT,
    ]
    return PlainSchema(tuple(zip(names, types, strict=True)))


def _score_columns(
    probabilities: FloatArray, labels: tuple[str, ...], settings: ScoreSettings
) -> list[list[Any]]:
    if settings.scores == "none":
        return []
    if settings.scores == "all":
        columns: list[list[Any]] = probabilities.T.tolist()
        return columns
    best = probabilities.argmax(axis=1)
    return [[labels[i] for i in best], probabilities.max(axis=1).tolist()]


def _group_columns(probabilities: FloatArray, classifier: EmotionClassifier) -> list[list[float]]:
    exclusivity = classifier.artifact.config.fitted.exclusivity
    return [
        column
        for grouping in GROUPINGS
        for column in group_probabilities(
            probabilities, classifier.labels, grouping, exclusivity
        ).T.tolist()
    ]


def _spread(values: Sequence[Any], n_rows: int, faults: Mapping[int, str]) -> Sequence[Any]:
    """Put the values of the scored rows in their places, and None elsewhere."""
    if not faults:
        return values
    of_scored = iter(values)
    return [None if i in faults else next(of_scored) for i in range(n_rows)]
