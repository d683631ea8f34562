"""LangChain: a runnable from a text to its emotions."""

from functools import partial
from typing import Any

from emoticare.errors import MissingExtraError
from emoticare.integrations.frames import classifier_or_embedded
from emoticare.prediction import Prediction

try:
    from langchain_core.runnables import RunnableConfig, RunnableSerializable
except ImportError as error:
    raise MissingExtraError("The LangChain runnable", "langchain") from error


class EmotionRunnable(RunnableSerializable[str, Prediction]):  # type: ignore[misc]
    """Takes a text, or with `batch` many at once; uses the embedded model unless given another.

    Groups and warnings are those of the prediction.

    Args:
        classifier: The embedded one by default.
        threshold: See `EmotionClassifier.predict`.
        abstain: Whether texts with certain warnings get no labels; see `EmotionClassifier.predict`.
    """

    classifier: Any = None
    threshold: Any = None
    abstain: bool = False

    def invoke(self, input: str, config: RunnableConfig | None = None, **_: Any) -> Prediction:  # noqa: A002
        """Return the emotions of a text."""
        classifier = classifier_or_embedded(self.classifier)
        predict = partial(classifier, threshold=self.threshold, abstain=self.abstain)
        prediction: Prediction = self._call_with_config(predict, input, config)
        return prediction

    def batch(self, inputs: list[str], config: Any = None, **_: Any) -> list[Prediction]:  # noqa: ARG002
        """Return the emotions of many texts, scored together."""
        classifier = classifier_or_embedded(self.classifier)
        return classifier.predict(inputs, threshold=self.threshold, abstain=self.abstain)
