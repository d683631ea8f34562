"""Hugging Face datasets: a function for `Dataset.map(..., batched=True)`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emoticare.classifier import EmotionClassifier
from emoticare.errors import InputError, did_you_mean
from emoticare.integrations.frames import classifier_or_embedded, emotion_columns
from emoticare.stages.decision import Threshold

Batch = Mapping[str, Sequence[Any]]


def emotions(
    text_column: str = "text",
    classifier: EmotionClassifier | None = None,
    *,
    context_column: str | None = None,
    threshold: Threshold = None,
    abstain: bool = False,
    groups: bool = False,
    warnings: bool = False,
) -> Callable[[Batch], dict[str, list[Any]]]:
    """Return a function that adds `emotion_labels` and a score column for each label to a batch.

    Args:
        text_column: Holds the texts; a missing one gets missing values.
        classifier: The embedded one by default.
        context_column: Holds what was said before each text; see `EmotionClassifier.predict`.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
        groups: Whether to add a column for each group of emotions, such as `ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.

    Raises:
        InputError: By the function, if a batch has no such column, or something in it is neither a
            text nor missing.
        UsageError: By the function, if there is a context and the model reads none.
    """
    chosen = classifier_or_embedded(classifier)

    def add_emotions(batch: Batch) -> dict[str, list[Any]]:
        return emotion_columns(
            chosen,
            _column(batch, text_column),
            context=None if context_column is None else _column(batch, context_column),
            threshold=threshold,
            abstain=abstain,
            groups=groups,
            warnings=warnings,
        )

    return add_emotions


def _column(batch: Batch, name: str) -> Sequence[Any]:
    if name not in batch:
        raise InputError(
            f"Expected a column {name!r} of texts, found the columns "
            f"{', '.join(batch)}.{did_you_mean(name, batch)}"
        )
    return batch[name]
