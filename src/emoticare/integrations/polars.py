"""polars: `pl.col("text").emoticare.labels()` and `.scores()`, once this module is imported."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

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


_Made = TypeVar("_Made")
_Score = Callable[[Any, Any], _Made]


@pl.api.register_expr_namespace("emoticare")
class EmotionExpressions:
    """Expressions on a column of texts; a null stays a null.

    `context` is a further column, by its name or as an expression: what was said before each text,
    null where nothing was. See `EmotionClassifier.predict`.

    Args:
        expression: Of strings.
    """

    def __init__(self, expression: Any) -> None:
        self._expression = expression

    def labels(
        self,
        classifier: EmotionClassifier | None = None,
        *,
        context: "str | pl.Expr | None" = None,
        threshold: Threshold = None,
        abstain: bool = False,
    ) -> Any:
        """Return an expression of lists: the labels of each text, best first.

        Args:
            classifier: The embedded one by default.
            context: What was said before each text.
            threshold: See `EmotionClassifier.predict`.
            abstain: Whether texts with certain warnings get none; see `EmotionClassifier.predict`.
        """
        chosen = classifier_or_embedded(classifier)
        return self._lists(
            lambda texts, said: emotion_columns(
                chosen, texts, context=said, threshold=threshold, abstain=abstain
            )[LABELS_COLUMN],
            context,
        )

    def scores(
        self,
        classifier: EmotionClassifier | None = None,
        *,
        context: "str | pl.Expr | None" = None,
    ) -> Any:
        """Return an expression of structs: a calibrated probability for each label."""
        chosen = classifier_or_embedded(classifier)
        return self._structs(
            chosen.labels,
            lambda texts, said: emotion_columns(chosen, texts, context=said),
            context,
        )

    def groups(
        self,
        classifier: EmotionClassifier | None = None,
        *,
        context: "str | pl.Expr | None" = None,
    ) -> Any:
        """Return an expression of structs: a probability for each group, such as `ekman_anger`.

        Raises:
            UsageError: If the model does not have all emotions of GoEmotions.
        """
        chosen = classifier_or_embedded(classifier)
        check_groupable(chosen.labels)
        return self._structs(
            GROUP_COLUMNS,
            lambda texts, said: emotion_columns(chosen, texts, context=said, groups=True),
            context,
        )

    def warnings(self, classifier: EmotionClassifier | None = None) -> Any:
        """Return an expression of lists: the warnings of each text."""
        chosen = classifier_or_embedded(classifier)
        return self._lists(
            lambda texts, _: emotion_columns(chosen, texts, warnings=True)[WARNINGS_COLUMN], None
        )

    def _lists(self, score: _Score[list[Any]], context: "str | pl.Expr | None") -> Any:
        dtype = pl.List(pl.String)
        return self._mapped(
            lambda texts, said: pl.Series(score(texts, said), dtype=dtype), dtype, context
        )

    def _structs(
        self,
        names: Sequence[str],
        score: _Score[dict[str, list[Any]]],
        context: "str | pl.Expr | None",
    ) -> Any:
        schema = dict.fromkeys(names, pl.Float32)

        def frame(texts: Any, said: Any) -> Any:
            columns = score(texts, said)
            return pl.DataFrame({name: columns[name] for name in names}, schema=schema).to_struct()

        return self._mapped(frame, pl.Struct(schema), context)

    def _mapped(self, make: _Score[Any], dtype: Any, context: "str | pl.Expr | None") -> Any:
        """Return an expression of what is made of the texts and of what was said before each."""
        if context is None:
            return self._expression.map_batches(
                lambda texts: make(texts, None), return_dtype=dtype, is_elementwise=True
            )
        return pl.map_batches(
            [self._expression, context],
            lambda columns: make(*columns),
            return_dtype=dtype,
            is_elementwise=True,
        )
