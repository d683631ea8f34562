"""polars: `pl.col("text").emoticare.labels()` and `.scores()`, once this module is imported."""

from typing import Any

from emoticare.classifier import EmotionClassifier
from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import classifier_or_embedded, emotion_columns

try:
    import polars as pl
except ImportError as error:
    raise MissingExtraError("The polars namespace", "polars") from error


@pl.api.register_expr_namespace("emoticare")
class EmotionExpressions:
    """Expressions on a column of texts; a null stays a null.

    Args:
        expression: Of strings.
    """

    def __init__(self, expression: Any) -> None:
        self._expression = expression

    def labels(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of lists: the labels of each text, best first."""
        chosen = classifier_or_embedded(classifier)

        def score(texts: Any) -> Any:
            labels = emotion_columns(chosen, texts)["emotion_labels"]
            return pl.Series(labels, dtype=pl.List(pl.String))

        return self._expression.map_batches(
            score, return_dtype=pl.List(pl.String), is_elementwise=True
        )

    def scores(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of structs: a calibrated probability for each label."""
        chosen = classifier_or_embedded(classifier)
        dtype = pl.Struct(dict.fromkeys(chosen.labels, pl.Float32))

        def score(texts: Any) -> Any:
            columns = emotion_columns(chosen, texts)
            schema = dict.fromkeys(chosen.labels, pl.Float32)
            frame = pl.DataFrame({label: columns[label] for label in chosen.labels}, schema=schema)
            return frame.to_struct()

        return self._expression.map_batches(score, return_dtype=dtype, is_elementwise=True)
