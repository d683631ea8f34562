"""A model of EmotiCare in float32, as other libraries want it and as they give it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emoticare.errors import ArtifactError
from emoticare.network.dequantize import dequantize_graph
from emoticare.network.float_graph import FloatGraph
from emoticare.network.int8_graph import Int8Graph
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import (
    Architecture,
    StateDict,
    checked_weights,
    of_head,
    prune_zeros,
)


@dataclass(frozen=True)
class FloatModel:
    """The weights of a DistilBERT sequence classifier and their sizes.

    Attributes:
        state_dict: Weights under their usual names; calibration is folded into the classifier.
        architecture: Their sizes.
        ranges: In which the int8 graph keeps the inputs of its linear layers; empty where there is
            no such graph.
    """

    state_dict: StateDict
    architecture: Architecture
    ranges: Mapping[str, ActivationRange]

    @classmethod
    def of(
        cls, graph: bytes, *, n_heads: int, activation: str, n_labels: int, max_length: int
    ) -> "FloatModel":
        """Read a model back from its graph.

        Args:
            graph: Of ours, serialized.
            n_heads: As for `of_weights`.
            activation: Likewise.
            n_labels: Likewise.
            max_length: Likewise.

        Raises:
            ArtifactError: If its graph and its configuration do not fit each other.
            MissingExtraError: If the packages for exporting are not installed.
        """
        state_dict, ranges = dequantize_graph(graph)
        return cls.of_weights(
            state_dict,
            ranges,
            n_heads=n_heads,
            activation=activation,
            n_labels=n_labels,
            max_length=max_length,
        )

    @classmethod
    def of_weights(
        cls,
        state_dict: StateDict,
        ranges: Mapping[str, ActivationRange],
        *,
        n_heads: int,
        activation: str,
        n_labels: int,
        max_length: int,
    ) -> "FloatModel":
        """Check weights that may come from anywhere.

        Args:
            state_dict: The weights, and perhaps others.
            ranges: Of the inputs of the linear layers.
            n_heads: Attention heads, of which weights tell nothing.
            activation: Of the feed-forward blocks.
            n_labels: Outputs that there should be.
            max_length: Most tokens of a text that the model should read.

        Raises:
            ArtifactError: If weights and configuration do not fit each other.
        """
        sizes = Architecture.of(state_dict, n_heads, activation)
        if sizes.n_labels != n_labels or sizes.dim % sizes.n_heads or not sizes.dim:
            raise ArtifactError(
                f"Expected a graph for the {n_labels} labels and {n_heads} heads "
                f"of config.json, found one with {sizes.n_labels} outputs and a width of "
                f"{sizes.dim}. Save the model again with EmotiCare."
            )
        state_dict = checked_weights(state_dict, sizes)
        if uneven := sorted(_uneven_layers(state_dict, sizes)):
            raise ArtifactError(
                f"Expected whole attention heads of {sizes.head_dim} columns, found others in "
                f"{uneven[0]}. Save the model again with EmotiCare."
            )
        if max_length > sizes.max_positions:
            raise ArtifactError(
                f"Expected at most {sizes.max_positions} as max_length in config.json, since the "
                f"graph reads no more tokens, found {max_length}. Save the model again."
            )
        return cls(state_dict, sizes, ranges)

    def of_head(self, name: str | None, *, risks: bool = False) -> "FloatModel":
        """Return the model with one head; see `of_head`."""
        return replace(self, state_dict=of_head(self.state_dict, name, risks=risks))

    def without_zeros(self) -> "FloatModel":
        """Return the model without what is zeros only; see `prune_zeros`."""
        return replace(self, state_dict=prune_zeros(self.state_dict, self.architecture))

    def graph(self) -> bytes:
        """Serialize the ONNX graph in standard operators."""
        serialized: bytes = (
            FloatGraph(self.state_dict, self.architecture).build().SerializeToString()
        )
        return serialized

    def int8_graph(self) -> bytes:
        """Serialize the ONNX graph in 8 bits, which needs all ranges."""
        graph = Int8Graph(self.state_dict, self.architecture, self.ranges)
        serialized: bytes = graph.build().SerializeToString()
        return serialized


def _uneven_layers(state_dict: StateDict, sizes: Architecture) -> list[str]:
    """Query projections whose rows are not those of whole heads."""
    return [
        name
        for name, weight in state_dict.items()
        if name.endswith("q_lin.weight") and len(weight) % sizes.head_dim
    ]
