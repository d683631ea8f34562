"""What every table library gets: the emotions of some texts as columns."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from emoticare.classifier import EmotionClassifier, embedded_classifier, load
from emoticare.errors import InputError
from emoticare.prediction import Prediction
from emoticare.stages.decision import Threshold
from emoticare.stages.groups import GROUPINGS, check_groupable
from emoticare.stages.text import check_one_column

LABELS_COLUMN: Final = "emotion_labels"
WARNINGS_COLUMN: Final = "emotion_warnings"
GROUP_COLUMNS: Final = tuple(
    f"{grouping}_{group}" for grouping, groups in GROUPINGS.items() for group in groups
)


def classifier_or_embedded(
    classifier: EmotionClassifier | None, model: str | None = None
) -> EmotionClassifier:
    """Return the classifier given, or one of the model given, or the embedded one.

    The embedded one is loaded once for all integrations.
    """
    if classifier is not None:
        return classifier
    return embedded_classifier() if model is None else load(model)


def emotion_columns(
    classifier: EmotionClassifier,
    texts: Iterable[str | None],
    *,
    context: Iterable[str | None] | None = None,
    threshold: Threshold = None,
    abstain: bool = False,
    groups: bool = False,
    warnings: bool = False,
) -> dict[str, list[Any]]:
    """Return `emotion_labels` and a column for each label; None where a text is missing.

    Args:
        classifier: The model.
        texts: The texts; a missing one is None or not a number.
        context: What was said before each text, missing where nothing was; None to read texts
            alone. See `EmotionClassifier.predict`.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
        groups: Whether to add a column for each group of emotions, such as `ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.

    Raises:
        InputError: If something is neither a text nor missing, or `texts` or `context` is a table,
            or they differ in number.
        ThresholdError: If the threshold makes no sense.
        UsageError: If groups are wanted of a model without all emotions of GoEmotions, or there is
            a context and the model reads none.
    """
    check_one_column(texts)
    if groups:
        check_groupable(classifier.labels)
    listed = list(texts)
    present = [i for i, text in enumerate(listed) if not _is_missing(text)]
    names = [LABELS_COLUMN, *classifier.labels]
    names += [*(GROUP_COLUMNS if groups else ()), *((WARNINGS_COLUMN,) if warnings else ())]
    columns: dict[str, list[Any]] = {name: [None] * len(listed) for name in names}
    predictions = classifier.stream(
        (listed[i] for i in present),  # type: ignore[misc]
        context=None if context is None else _of_present(context, present, len(listed)),
        threshold=threshold,
        abstain=abstain,
    )
    for i, prediction in zip(present, predictions, strict=True):
        row = _row(prediction, groups=groups, warnings=warnings)
        for name, value in zip(names, row, strict=True):
            columns[name][i] = value
    return columns


def _of_present(
    context: Iterable[str | None], present: Sequence[int], n_texts: int
) -> list[str | None]:
    """Return what was said before each text that is there; None where that is missing."""
    check_one_column(context)
    listed = list(context)
    if len(listed) != n_texts:
        raise InputError(
            f"Expected a context for each of the {n_texts} texts, found {len(listed)}. Pass a "
            "column as long as that of the texts."
        )
    return [None if _is_missing(listed[i]) else listed[i] for i in present]


def _row(prediction: Prediction, *, groups: bool, warnings: bool) -> Iterator[Any]:
    yield prediction.labels
    yield from prediction.scores.values()
    if groups:
        for grouped in prediction.groups.values():
            yield from grouped.values()
    if warnings:
        yield prediction.warnings


def _is_missing(text: object) -> bool:
    is_nan = isinstance(text, float) and math.isnan(text)
    return text is None or is_nan or type(text).__name__ == "NAType"
