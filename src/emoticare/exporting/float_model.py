"""A model of EmotiCare in float32, as other libraries want it."""

from collections.abc import Mapping
from dataclasses import dataclass

from emoticare.artifact import ModelArtifact
from emoticare.errors import ArtifactError
from emoticare.exporting.activation_ranges import ActivationRange
from emoticare.exporting.dequantize import dequantize_graph
from emoticare.exporting.graph import FloatGraph
from emoticare.exporting.weights import Architecture, StateDict


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
    def of(cls, artifact: ModelArtifact) -> "FloatModel":
        """Reads a model back from 8 bits.

        Raises:
            ArtifactError: If its graph and its configuration do not fit each other.
            MissingExtraError: If the packages for exporting are not installed.
        """
        state_dict, ranges = dequantize_graph(artifact.graph)
        config = artifact.config
        sizes = Architecture.of(state_dict, config.n_heads, config.activation)
        if sizes.n_labels != len(config.labels) or sizes.dim % sizes.n_heads:
            raise ArtifactError(
                f"Expected a graph for the {len(config.labels)} labels and {config.n_heads} heads "
                f"of config.json, found one with {sizes.n_labels} outputs and a width of "
                f"{sizes.dim}. Save the model again with EmotiCare."
            )
        if uneven := sorted(_uneven_layers(state_dict, sizes)):
            raise ArtifactError(
                f"Expected whole attention heads of {sizes.head_dim} columns, found others in "
                f"{uneven[0]}. Save the model again with EmotiCare."
            )
        if config.max_length > sizes.max_positions:
            raise ArtifactError(
                f"Expected at most {sizes.max_positions} as max_length in config.json, since the "
                f"graph reads no more tokens, found {config.max_length}. Save the model again."
            )
        return cls(state_dict, sizes, ranges)

    def graph(self) -> bytes:
        """Serializes the ONNX graph in standard operators."""
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
