"""The weights of a DistilBERT sequence classifier, as numpy arrays under their usual names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.errors import ArtifactError

FloatArray = npt.NDArray[np.float32]
StateDict = Mapping[str, FloatArray]

_LAYER = re.compile(r"^distilbert\.transformer\.layer\.(\d+)\.")


@dataclass(frozen=True)
class Architecture:
    """The sizes of a DistilBERT sequence classifier.

    Attributes:
        vocab_size: Rows of the token embedding table.
        max_positions: Rows of the position embedding table: the most tokens it can read.
        dim: Width of a hidden state.
        hidden_dim: Width inside the feed-forward block.
        n_layers: Transformer layers.
        n_heads: Attention heads; divides `dim`.
        n_labels: Outputs of the classifier.
        activation: Of the feed-forward blocks, one of `emoticare.artifact.ACTIVATIONS`.
    """

    vocab_size: int
    max_positions: int
    dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    n_labels: int
    activation: str = "gelu"

    @classmethod
    def of(cls, state_dict: StateDict, n_heads: int, activation: str = "gelu") -> "Architecture":
        """Reads the sizes off the weights; heads and activation do not show in them.

        Raises:
            ArtifactError: If these are not the weights of a DistilBERT sequence classifier.
        """
        layers = [int(match[1]) for name in state_dict if (match := _LAYER.match(name))]
        try:
            vocab_size, dim = state_dict["distilbert.embeddings.word_embeddings.weight"].shape
            max_positions = state_dict["distilbert.embeddings.position_embeddings.weight"].shape[0]
            hidden_dim = state_dict["distilbert.transformer.layer.0.ffn.lin1.weight"].shape[0]
            n_labels = state_dict["classifier.weight"].shape[0]
        except KeyError as error:
            raise ArtifactError(
                f"Expected the weights of a DistilBERT sequence classifier, but {error} is missing."
            ) from error
        return cls(
            vocab_size,
            max_positions,
            dim,
            hidden_dim,
            max(layers) + 1,
            n_heads,
            n_labels,
            activation,
        )
