"""scikit-learn: texts -> 28 probabilities, as a transformer for a Pipeline."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emoticare.classifier import EmotionClassifier
from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import GROUP_COLUMNS, classifier_or_embedded
from emoticare.stages.checks import TextWarning
from emoticare.stages.groups import GROUPINGS, check_groupable, group_probabilities
from emoticare.stages.text import clean_text

try:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise MissingExtraError("The scikit-learn transformer", "sklearn") from error


class EmotionTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns texts into calibrated probabilities, one column for each label.

    Nothing is decided, so there is no threshold.

    Args:
        model: A model's folder; None for the one in the package.
        classifier: Instead of a folder.
        groups: Whether to add a column for each group of emotions, such as "ekman_anger".
        warnings: Whether to add a column for each warning, 1 where it is given and 0 elsewhere.

    Attributes:
        classes_: The labels, in the order of the columns; set by `fit`.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        classifier: EmotionClassifier | None = None,
        groups: bool = False,
        warnings: bool = False,
    ) -> None:
        self.model = model
        self.classifier = classifier
        self.groups = groups
        self.warnings = warnings

    def fit(self, X: Sequence[str], y: object = None) -> "EmotionTransformer":  # noqa: ARG002, N803
        """Load the model; it learns nothing from the texts.

        Raises:
            ValueError: If `X` is not a list of texts, as scikit-learn has it.
            UsageError: If groups are wanted of a model without all emotions of GoEmotions.
        """
        _as_texts(X)
        self._classifier = classifier_or_embedded(self.classifier, self.model)
        if self.groups:
            check_groupable(self._classifier.labels)
        self.classes_: npt.NDArray[np.object_] = np.array(self._classifier.labels, dtype=object)
        return self

    def transform(self, X: Sequence[str]) -> npt.NDArray[np.float32]:  # noqa: N803
        """Return probabilities in [0, 1], float32 of shape (n_texts, n_labels), or more columns.

        Raises:
            ValueError: If `X` is not a list of texts.
        """
        check_is_fitted(self)
        texts = _as_texts(X)
        columns = [self._classifier.predict_proba(texts)]
        if self.groups:
            exclusivity = self._classifier.artifact.config.fitted.exclusivity
            labels = self._classifier.labels
            columns += [
                group_probabilities(columns[0], labels, grouping, exclusivity)
                for grouping in GROUPINGS
            ]
        if self.warnings:
            tokenized = self._classifier.tokenize([clean_text(text) for text in texts])
            found = self._classifier.warnings(tokenized)
            rows = [[warning in one for warning in TextWarning] for one in found]
            columns.append(np.array(rows, np.float32).reshape(len(texts), len(TextWarning)))
        return np.concatenate(columns, axis=1)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:  # noqa: ARG002
        """Return a name for each column, as in "emotion_joy"."""
        check_is_fitted(self)
        names = [f"emotion_{label}" for label in self.classes_]
        names += GROUP_COLUMNS if self.groups else ()
        names += [f"warning_{warning}" for warning in TextWarning] if self.warnings else []
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_classifier")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.no_validation = True
        return tags


def _as_texts(values: Sequence[str]) -> list[str]:
    if isinstance(values, str | bytes) or getattr(values, "ndim", 1) != 1:
        raise ValueError("Expected a list of texts, of one dimension; pass one column.")
    texts = list(values)
    wrong = next((type(text).__name__ for text in texts if not isinstance(text, str)), None)
    if wrong:
        raise ValueError(f"Expected a list of texts as str, found {wrong}. Convert or drop it.")
    return texts
