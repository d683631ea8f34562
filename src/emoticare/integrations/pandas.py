"""pandas: a Series of texts -> a DataFrame of emotions."""

from typing import TYPE_CHECKING

from emoticare.classifier import EmotionClassifier
from emoticare.errors import InputError, MissingExtraError
from emoticare.integrations.frames import (
    GROUP_COLUMNS,
    classifier_or_embedded,
    emotion_columns,
)
from emoticare.stages.decision import Threshold

if TYPE_CHECKING:
    import pandas as pd


def emotions(
    texts: "pd.Series[str]",
    classifier: EmotionClassifier | None = None,
    *,
    threshold: Threshold = None,
    abstain: bool = False,
    groups: bool = False,
    warnings: bool = False,
) -> "pd.DataFrame":
    """Score a column of texts.

    Args:
        texts: Missing values are allowed.
        classifier: The embedded one by default.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
        groups: Whether to add a column for each group of emotions, such as `ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.

    Returns:
        A row for each text under the same index: `emotion_labels` (a list), and a float32 column of
        calibrated probabilities for each label. A missing text has missing values.

    Raises:
        InputError: If `texts` is no Series, or holds what is neither a text nor missing.
        MissingExtraError: If pandas is not installed.
        ThresholdError: If the threshold makes no sense.
        UsageError: If groups are wanted of a model without all emotions of GoEmotions.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("A DataFrame of emotions", "pandas") from error
    if not isinstance(texts, pd.Series):
        raise InputError(
            f"Expected a Series of texts, found a {type(texts).__name__}: pass one column, for "
            'example frame["text"].'
        )
    chosen = classifier_or_embedded(classifier)
    columns = emotion_columns(
        chosen, texts, threshold=threshold, abstain=abstain, groups=groups, warnings=warnings
    )
    scores = [*chosen.labels, *(GROUP_COLUMNS if groups else ())]
    return pd.DataFrame(columns, index=texts.index).astype(dict.fromkeys(scores, "float32"))
