"""polars: `pl.col("text").emoticare.labels()` and `.scores()`, once this module is imported."""

from collections.abc import Callable, Sequence
from typing import Any

from emoticare.classifier import EmotionClassifier
from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import (
    GROUP_COLUMNS,
    LABELS_COLUMN,
    WARNINGS_COLUMN,
    classifier_or_embedded,
    emotion_columns,
)
from emoticare.stages.decision import Threshold
from emoticare.stages.groups import check_groupable

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

    def labels(
        self,
        classifier: EmotionClassifier | None = None,
        *,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> Any:
        """Return an expression of lists: the labels of each text, best first.

        Args:
            classifier: The embedded one by default.
            threshold: See `EmotionClassifier.predict`.
            abstain: Whether texts with certain warnings get none; see `EmotionClassifier.predict`.
        """
        chosen = classifier_or_embedded(classifier)
        return self._lists(
            lambda texts: emotion_columns(chosen, texts, threshold=threshold, abstain=abstain)[
                LABELS_COLUMN
            ]
        )

    def scores(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of structs: a calibrated probability for each label."""
        chosen = classifier_or_embedded(classifier)
        return self._structs(chosen.labels, lambda texts: emotion_columns(chosen, texts))

    def groups(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of structs: a probability for each group, such as `ekman_anger`.

        Raises:
            UsageError: If the model does not have all emotions of GoEmotions.
        """
        chosen = classifier_or_embedded(classifier)
        check_groupable(chosen.labels)
        return self._structs(
            GROUP_COLUMNS, lambda texts: emotion_columns(chosen, texts, groups=True)
        )

    def warnings(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of lists: the warnings of each text."""
        chosen = classifier_or_embedded(classifier)
        return self._lists(
            lambda texts: emotion_columns(chosen, texts, warnings=True)[WARNINGS_COLUMN]
        )

    def _lists(self, score: Callable[[Any], list[Any]]) -> Any:
        dtype = pl.List(pl.String)
        return self._expression.map_batches(
            lambda texts: pl.Series(score(texts), dtype=dtype),
            return_dtype=dtype,
            is_elementwise=True,
        )

    def _structs(self, names: Sequence[str], score: Callable[[Any], dict[str, list[Any]]]) -> Any:
        schema = dict.fromkeys(names, pl.Float32)

        def frame(texts: Any) -> Any:
            columns = score(texts)
            return pl.DataFrame({name: columns[name] for name in names}, schema=schema).to_struct()

        return self._expression.map_batches(
            frame, return_dtype=pl.Struct(schema), is_elementwise=True
        )
