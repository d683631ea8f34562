"""What the meaning of a text is worked out with."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from emoticare.model.artifact import ModelArtifact
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import Readable
from emoticare.stages.tokens import TextTokenizer, TokenizedText


class TextScorer(Protocol):
    """What scores texts: `emoticare.EmotionClassifier`.

    Attributes:
        artifact: The model.
        labels: Names of the labels, in the order of the columns.
        tokenizer: Knows the places of tokens.
    """

    artifact: ModelArtifact
    labels: tuple[str, ...]
    tokenizer: TextTokenizer

    def tokenize(self, texts: Sequence[Readable]) -> list[TokenizedText]:
        """Return the tokens of each text."""
        ...

    def predict_logits(self, texts: Iterable[str]) -> FloatArray:
        """Return calibrated logits of texts, float32 of shape (n_texts, n_labels)."""
        ...

    def predict_outputs(self, texts: Iterable[str]) -> FloatArray:
        """Return the same, and behind them those of risks, of shape (n_texts, n_outputs)."""
        ...

    def outputs(self, tokenized: Sequence[TokenizedText]) -> FloatArray:
        """Return the same as `predict_outputs` of tokenized texts."""
        ...

    def logits(self, tokenized: Sequence[TokenizedText]) -> FloatArray:
        """Return calibrated logits of tokenized texts, float32 of shape (n_texts, n_labels)."""
        ...

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Return the warnings of each text."""
        ...
