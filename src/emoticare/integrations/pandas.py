"""pandas: a Series of texts -> a DataFrame of emotions."""

from typing import TYPE_CHECKING

from emoticare.classifier import EmotionClassifier
from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import classifier_or_embedded, emotion_columns

if TYPE_CHECKING:
    import pandas as pd


def emotions(
    texts: "pd.Series[str]", classifier: EmotionClassifier | None = None
) -> "pd.DataFrame":
    """Score a column of texts.

    Args:
        texts: Missing values are allowed.
        classifier: The embedded one by default.

    Returns:
        A row for each text under the same index: `emotion_labels` (a list), and a float32 column of
        calibrated probabilities for each label. A missing text has missing values.

    Raises:
        InputError: If something is neither a text nor missing.
        MissingExtraError: If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("A DataFrame of emotions", "pandas") from error
    chosen = classifier_or_embedded(classifier)
    frame = pd.DataFrame(emotion_columns(chosen, texts), index=texts.index)
    return frame.astype(dict.fromkeys(chosen.labels, "float32"))
