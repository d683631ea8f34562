"""A model of EmotiCare in float32, as other libraries want it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emoticare.errors import ArtifactError
from emoticare.network.dequantize import dequantize_graph
from emoticare.network.float_graph import FloatGraph
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import Architecture, StateDict, of_head


@dataclass(frozen=True)
class FloatModel:
    """The weights of a DistilBERT sequence classifier and their sizes.

    Attributes:
        state_dict: Weights under their usual names; calibration is folded into the classifier.
        architecture: Their sizes.
        ranges: In which the int8 graph keeps the inputs of its linear layers.
    """

    state_dict: StateDict
    architecture: Architecture
    ranges: Mapping[str, ActivationRange]

    @classmethod
    def of(
        cls, graph: bytes, *, n_heads: int, activation: str, n_labels: int, max_length: int
    ) -> "FloatModel":
        """Read a model back from 8 bits.

        Args:
            graph: The int8 graph, serialized.
            n_heads: Attention heads, of which weights tell nothing.
            activation: Of the feed-forward blocks.
            n_labels: Outputs that there should be.
            max_length: Most tokens of a text that the graph should read.

        Raises:
            ArtifactError: If its graph and its configuration do not fit each other.
            MissingExtraError: If the packages for exporting are not installed.
        """
        state_dict, ranges = dequantize_graph(graph)
        sizes = Architecture.of(state_dict, n_heads, activation)
        if sizes.n_labels != n_labels or sizes.dim % sizes.n_heads:
            raise ArtifactError(
                f"Expected a graph for the {n_labels} labels and {n_heads} heads "
                f"of config.json, found one with {sizes.n_labels} outputs and a width of "
                f"{sizes.dim}. Save the model again with EmotiCare."
            )
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

    def of_head(self, name: str | None) -> "FloatModel":
        """Return the model with one head; see `of_head`."""
        return replace(self, state_dict=of_head(self.state_dict, name))

    def graph(self) -> bytes:
        """Serialize the ONNX graph in standard operators."""
        serialized: bytes = (
            FloatGraph(self.state_dict, self.architecture).build().SerializeToString()
        )
        return serialized


def _uneven_layers(state_dict: StateDict, sizes: Architecture) -> list[str]:
    """Query projections whose rows are not those of whole heads."""
    return [
        name
        for name, weight in state_dict.items()
        if name.endswith("q_lin.weight") and len(weight) % sizes.head_dim
    ]
