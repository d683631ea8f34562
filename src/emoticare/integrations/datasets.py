"""Hugging Face datasets: a function for `Dataset.map(..., batched=True)`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emoticare.classifier import EmotionClassifier
from emoticare.integrations.frames import classifier_or_embedded, emotion_columns

Batch = Mapping[str, Sequence[Any]]


def emotions(
    text_column: str = "text", classifier: EmotionClassifier | None = None
) -> Callable[[Batch], dict[str, list[Any]]]:
    """Return a function that adds `emotion_labels` and a score column for each label to a batch.

    Args:
        text_column: Holds the texts; a missing one gets missing values.
        classifier: The embedded one by default.
    """
    chosen = classifier_or_embedded(classifier)

    def add_emotions(batch: Batch) -> dict[str, list[Any]]:
        return emotion_columns(chosen, batch[text_column])

    return add_emotions
