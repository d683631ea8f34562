"""What the meaning of a text is worked out with."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from emoticare.model.artifact import ModelArtifact
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TokenizedText


class Tokenizing(Protocol):
    """What knows the tokens of texts: a classifier, or a server's scorer."""

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        """Return the tokens of each text."""
        ...

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Return where each token of a text begins and ends."""
        ...


class TextScorer(Tokenizing, Protocol):
    """What scores texts: `emoticare.EmotionClassifier`.

    Attributes:
        artifact: The model.
        labels: Names of the labels, in the order of the columns.
    """

    artifact: ModelArtifact
    labels: tuple[str, ...]

    def predict_logits(self, texts: Iterable[str]) -> FloatArray:
        """Return calibrated logits of texts, float32 of shape (n_texts, n_labels)."""
        ...

    def logits(self, tokenized: Sequence[TokenizedText]) -> FloatArray:
        """Return calibrated logits of tokenized texts, float32 of shape (n_texts, n_labels)."""
        ...

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Return the warnings of each text."""
        ...
