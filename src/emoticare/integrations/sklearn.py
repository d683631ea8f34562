"""scikit-learn: texts -> 28 probabilities, as a transformer for a Pipeline."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emoticare.classifier import load
from emoticare.errors import MissingExtraError

try:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise MissingExtraError("The scikit-learn transformer", "sklearn") from error


class EmotionTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns texts into calibrated probabilities, one column for each label.

    Args:
        model: A model's folder; None for the one in the package.

    Attributes:
        classes_: The labels, in the order of the columns; set by `fit`.
    """

    def __init__(self, model: str | None = None) -> None:
        self.model = model

    def fit(self, X: Sequence[str], y: object = None) -> "EmotionTransformer":  # noqa: ARG002, N803
        """Load the model; it learns nothing from the texts.

        Raises:
            ValueError: If `X` is not a list of texts, as scikit-learn has it.
        """
        _as_texts(X)
        self._classifier = load(self.model)
        self.classes_ = np.array(self._classifier.labels, dtype=object)
        return self

    def transform(self, X: Sequence[str]) -> npt.NDArray[np.float32]:  # noqa: N803
        """Return probabilities in [0, 1], float32 of shape (n_texts, n_labels).

        Raises:
            ValueError: If `X` is not a list of texts.
        """
        check_is_fitted(self)
        return self._classifier.predict_proba(_as_texts(X))

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:  # noqa: ARG002
        """Return a name for each column, as in "emotion_joy"."""
        check_is_fitted(self)
        return np.array([f"emotion_{label}" for label in self.classes_], dtype=object)

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
