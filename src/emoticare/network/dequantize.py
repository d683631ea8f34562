"""The graph that EmotiCare runs, read back as float32 weights: the inverse of `Int8Graph`.

Nothing is lost on the way back: quantizing the weights read here, with the same ranges of
activations, gives the same integers and the same scales again. A `FloatGraph`, which a model
without such ranges has, is read back as well.
"""

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.network.int8 import QuantizedMatrix
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import FloatArray

_Number = TypeVar("_Number", bound=np.generic)

_HEAD = re.compile(r"^(classifier_\w+)\.weight\.T$")
_LAYER = re.compile(r"^distilbert\.transformer\.layer\.(\d{1,18})\.")
_TOKENS = "distilbert.embeddings.word_embeddings.weight"
_INPUT_SCALE = ".input_scale"
# The layers that read hidden states, whose channels may have scales of their own.
_SMOOTHED = (".attention.k_lin", ".ffn.lin1")
_LARGEST_EXPONENT = 32
_POSITIONS = "distilbert.embeddings.position_embeddings.weight"
_POSITION_TABLE = "position_embeddings"
_TRANSPOSED = ".weight.T"


def dequantize_graph(graph: bytes) -> tuple[dict[str, FloatArray], dict[str, ActivationRange]]:
    """Read a graph back.

    Args:
        graph: Serialized ONNX graph, as `Int8Graph` or `FloatGraph` builds it.

    Returns:
        The weights of a DistilBERT sequence classifier, under their usual names (a norm without
        a bias gets zeros); and the range of the input of each linear layer that has one of its
        own, by its name.

    Raises:
        ArtifactError: If it is no such graph: a weight is missing, or sizes contradict each other.
        MissingExtraError: If the package `onnx` is not installed.
    """
    initializers, inputs = _read_graph(graph)
    if _TOKENS in initializers:
        return _float_weights(initializers), {}
    weights = _Int8Weights(initializers, inputs)
    return weights.state_dict(), weights.ranges()


def _float_weights(initializers: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, FloatArray]:
    """Return the weights of a `FloatGraph`, whose names and shapes nobody has checked."""
    weights = {}
    for name, value in initializers.items():
        if value.dtype == np.float32 and value.ndim:
            is_matrix = name.endswith(_TRANSPOSED)
            own_name = _POSITIONS if name == _POSITION_TABLE else name.removesuffix(".T")
            weights[own_name] = np.asarray(value.T if is_matrix else value, np.float32)
    return weights


class _Int8Weights:
    """The initializers of an `Int8Graph`, turned back part by part.

    Args:
        initializers: By name.
        inputs: Names of all that nodes read.
    """

    def __init__(
        self, initializers: Mapping[str, npt.NDArray[np.generic]], inputs: Collection[str]
    ) -> None:
        self._initializers, self._inputs = initializers, inputs

    def state_dict(self) -> dict[str, FloatArray]:
        """Return all parts, in the order of the network."""
        weights = self._embeddings()
        dim = weights[_TOKENS].shape[1]
        for layer in range(self._n_layers()):
            weights |= self._layer(f"distilbert.transformer.layer.{layer}", dim)
        weights |= self._linear("pre_classifier", dim, dim)
        heads = [match[1] for name in self._initializers if (match := _HEAD.match(name))]
        for head in sorted({"classifier", *heads}):
            rows = np.ascontiguousarray(self._floats(f"{head}.weight.T", dim, None).T)
            weights |= {
                f"{head}.weight": rows,
                f"{head}.bias": self._floats(f"{head}.bias", len(rows)),
            }
        return weights

    def ranges(self) -> dict[str, ActivationRange]:
        """Return of all inputs that are quantized."""
        names = [
            name.removesuffix(_INPUT_SCALE)
            for name in self._initializers
            if name.endswith(_INPUT_SCALE)
        ]
        return {
            name: ActivationRange.of_steps(
                float(self._floats(f"{name}{_INPUT_SCALE}")),
                int(self._array(f"{name}.input_zero_point", np.uint8)),
                self._channel_scales(name),
            )
            for name in names
        }

    def _n_layers(self) -> int:
        numbers = [int(match[1]) for name in self._initializers if (match := _LAYER.match(name))]
        # A graph without layers fails at the first one, with the name of what is missing.
        return max(numbers, default=0) + 1

    def _embeddings(self) -> dict[str, FloatArray]:
        rows = self._array(f"{_TOKENS}.int8", np.int8, None, None)
        vocab_size, dim = rows.shape
        return {
            _TOKENS: rows.astype(np.float32) * self._floats(f"{_TOKENS}.scales", vocab_size, 1),
            _POSITIONS: self._floats(_POSITION_TABLE, None, 1, dim)[:, 0],
            **self._norm("distilbert.embeddings.LayerNorm", dim),
        }

    def _layer(self, prefix: str, dim: int) -> dict[str, FloatArray]:
        hidden_dim = len(self._floats(f"{prefix}.ffn.lin1.scales", None))
        heads_dim = len(self._floats(f"{prefix}.attention.q_lin.scales", None))
        weights: dict[str, FloatArray] = {}
        for part in ("q", "k", "v"):
            name = f"{prefix}.attention.{part}_lin"
            weights |= self._linear(name, heads_dim, dim, f"{prefix}.attention.k_lin")
        return {
            **weights,
            **self._linear(f"{prefix}.attention.out_lin", dim, heads_dim),
            **self._norm(f"{prefix}.sa_layer_norm", dim),
            **self._linear(f"{prefix}.ffn.lin1", hidden_dim, dim),
            **self._linear(f"{prefix}.ffn.lin2", dim, hidden_dim),
            **self._norm(f"{prefix}.output_layer_norm", dim),
        }

    def _linear(
        self, name: str, rows: int, columns: int, input_of: str | None = None
    ) -> dict[str, FloatArray]:
        """Return the layer `name`, which reads the input of `input_of`, or else its own."""
        values = self._array(f"{name}.int8", np.int8, columns, rows).T
        scales = self._floats(f"{name}.scales", rows)
        matrix = QuantizedMatrix(values, scales).dequantize()
        channel_scales = self._channel_scales(input_of or name, columns)
        if channel_scales is not None:
            matrix /= channel_scales
        return {f"{name}.weight": matrix, f"{name}.bias": self._bias(name, scales)}

    def _channel_scales(self, name: str, n_channels: int | None = None) -> FloatArray | None:
        name_of_factors = f"{name}.input_factors"
        if not self._has(name_of_factors):
            return None
        if not name.endswith(_SMOOTHED):
            expected = "factors where hidden states are read"
            raise ArtifactError(_not_ours(expected, name_of_factors))
        factors = self._floats(name_of_factors, n_channels)
        mantissas, exponents = np.frexp(factors)
        are_powers = (mantissas == 0.5) & (np.abs(exponents) <= _LARGEST_EXPONENT)  # noqa: PLR2004
        if not are_powers.all():
            raise ArtifactError(_not_ours(f"powers of two as {name_of_factors}", "others"))
        return np.reciprocal(factors)

    def _bias(self, name: str, scales: FloatArray) -> FloatArray:
        if f"{name}.bias.int32" not in self._initializers:
            return self._floats(f"{name}.bias", len(scales))
        integers = self._array(f"{name}.bias.int32", np.int32, len(scales))
        steps = self._floats(f"{name}{_INPUT_SCALE}") * scales
        # Where all weights are 0, the bias counts in steps of 1.
        return np.asarray(integers * np.where(steps > 0, steps, np.float32(1)), np.float32)

    def _norm(self, name: str, dim: int) -> dict[str, FloatArray]:
        bias = f"{name}.bias"
        return {
            f"{name}.weight": self._floats(f"{name}.weight", dim),
            bias: self._floats(bias, dim) if self._has(bias) else np.zeros(dim, np.float32),
        }

    def _has(self, name: str) -> bool:
        """Return whether an optional part of the graph is there, or is read and so should be."""
        return name in self._initializers or name in self._inputs

    def _floats(self, name: str, *shape: int | None) -> FloatArray:
        return self._array(name, np.float32, *shape)

    def _array(self, name: str, dtype: type[_Number], *shape: int | None) -> npt.NDArray[_Number]:
        """Return the initializer of that name; None in `shape` stands for any size."""
        found = self._initializers.get(name)
        if found is None:
            raise ArtifactError(_not_ours(f"an initializer {name}", "none"))
        fits = len(found.shape) == len(shape) and all(
            wanted in (None, size) for wanted, size in zip(shape, found.shape, strict=True)
        )
        if found.dtype != dtype or not fits:
            sizes = ", ".join("any" if size is None else str(size) for size in shape)
            expected = f"{name} as {np.dtype(dtype)} of shape ({sizes})"
            raise ArtifactError(_not_ours(expected, f"{found.dtype} of shape {found.shape}"))
        return found.astype(dtype, copy=False)


def _read_graph(graph: bytes) -> tuple[dict[str, npt.NDArray[np.generic]], set[str]]:
    """Return the initializers by name, and the names of all that nodes read."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("Reading a model's weights", "export") from error
    try:
        read = onnx.load_model_from_string(graph).graph
        tensors = read.initializer
        # A weight kept in another file would be read from wherever the graph says.
        if any(map(onnx.external_data_helper.uses_external_data, tensors)):
            raise ArtifactError(_not_ours("all weights in it", "one kept in another file"))
        arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in tensors}
        return arrays, {name for node in read.node for name in node.input}
    except ArtifactError:
        raise
    # What the consumer raises on foreign bytes depends on its version.
    except Exception as error:
        raise ArtifactError(
            _not_ours("a serialized ONNX graph", f"{type(error).__name__} on reading it")
        ) from error


def _not_ours(expected: str, found: str) -> str:
    return (
        f"Expected the graph of an EmotiCare model with {expected}, found {found}. "
        "Save the model again with EmotiCare."
    )
