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
    context: "pd.Series[str] | None" = None,
    threshold: Threshold = None,
    abstain: bool = False,
    groups: bool = False,
    warnings: bool = False,
) -> "pd.DataFrame":
    """Score a column of texts.

    Args:
        texts: Missing values are allowed.
        classifier: The embedded one by default.
        context: What was said before each text, under the same index; missing where nothing was.
            See `EmotionClassifier.predict`.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
        groups: Whether to add a column for each group of emotions, such as `ekman_anger`.
        warnings: Whether to add `emotion_warnings`, a list for each text.

    Returns:
        A row for each text under the same index: `emotion_labels` (a list), and a float32 column of
        calibrated probabilities for each label. A missing text has missing values.

    Raises:
        InputError: If `texts` or `context` is no Series, or holds what is neither a text nor
            missing, or their indexes differ.
        MissingExtraError: If pandas is not installed.
        ThresholdError: If the threshold makes no sense.
        UsageError: If groups are wanted of a model without all emotions of GoEmotions, or there is
            a context and the model reads none.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("A DataFrame of emotions", "pandas") from error
    for column in (texts, *(() if context is None else (context,))):
        if not isinstance(column, pd.Series):
            raise InputError(
                f"Expected a Series of texts, found a {type(column).__name__}: pass one column, "
                'for example frame["text"].'
            )
    if context is not None and not context.index.equals(texts.index):
        raise InputError(
            "Expected a context under the index of the texts, found another index. Take both "
            "columns from one frame."
        )
    chosen = classifier_or_embedded(classifier)
    columns = emotion_columns(
        chosen,
        texts,
        context=context,
        threshold=threshold,
        abstain=abstain,
        groups=groups,
        warnings=warnings,
    )
    scores = [*chosen.labels, *(GROUP_COLUMNS if groups else ())]
    return pd.DataFrame(columns, index=texts.index).astype(dict.fromkeys(scores, "float32"))
