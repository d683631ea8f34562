"""What every table library gets: the emotions of some texts as columns."""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from emoticare.classifier import EmotionClassifier, load


def classifier_or_embedded(classifier: EmotionClassifier | None) -> EmotionClassifier:
    """Return the classifier given, or the embedded one, which is loaded once."""
    return _embedded() if classifier is None else classifier


def emotion_columns(
    classifier: EmotionClassifier, texts: Iterable[str | None]
) -> dict[str, list[Any]]:
    """Return `emotion_labels` and a column for each label; None where a text is missing.

    Raises:
        InputError: If something is neither a text nor missing.
    """
    listed = list(texts)
    present = [i for i, text in enumerate(listed) if not _is_missing(text)]
    columns: dict[str, list[Any]] = {
        name: [None] * len(listed) for name in ("emotion_labels", *classifier.labels)
    }
    predictions = classifier.stream(listed[i] for i in present)  # type: ignore[misc]
    for i, prediction in zip(present, predictions, strict=True):
        columns["emotion_labels"][i] = prediction.labels
        for label, score in prediction.scores.items():
            columns[label][i] = score
    return columns


def _is_missing(text: object) -> bool:
    is_nan = isinstance(text, float) and math.isnan(text)
    return text is None or is_nan or type(text).__name__ == "NAType"


@lru_cache(maxsize=1)
def _embedded() -> EmotionClassifier:
    return load()
