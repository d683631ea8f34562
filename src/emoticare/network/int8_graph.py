"""The graph that EmotiCare runs: 8-bit weights and activations, fused operators of ONNX Runtime.

Every scale is fixed beforehand, so a text's score does not depend on the texts beside it. Tokens
lie in memory position by position (all first tokens of a batch, then all second ones), as rows of a
matrix: the heads of all texts are then multiplied where they lie, without being transposed first,
and the first tokens, which are all that the last layer works out, are the first rows.
"""

from collections.abc import Mapping

import numpy as np

from emoticare.network.float_graph import LAYER_NORM_EPSILON, FloatGraph
from emoticare.network.int8 import QuantizedMatrix, quantize, quantize_weights
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import Architecture, FloatArray, StateDict

CONTRIB = "com.microsoft"
# Half of what an int32 holds, which leaves room for the sum that a bias is added to.
_LARGEST_BIAS = 2**30


class Int8Graph(FloatGraph):
    """Builds the quantized graph; same inputs and output as `FloatGraph`.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
        ranges: Of the input of each linear layer, by its name; see `smooth`. What channels of an
            input are divided by, the layer's weights are multiplied by.
    """

    def __init__(
        self,
        state_dict: StateDict,
        architecture: Architecture,
        ranges: Mapping[str, ActivationRange],
    ) -> None:
        super().__init__(state_dict, architecture)
        self._ranges = ranges

    # The parts of the network.

    def embeddings(self) -> str:
        """Return the embedded tokens; (tokens * batch, dim), as all hidden states here."""
        self.op("Transpose", ["input_ids"], output="token_ids", perm=[1, 0])
        n_tokens, n_texts = (
            self.op("Slice", [self.op("Shape", ["token_ids"]), *self.ints(i), *self.ints(i + 1)])
            for i in range(2)
        )
        self._first_rows = n_texts
        # As many heads as a layer has.
        heads = self.ints(-1, self.architecture.head_dim)
        self._split = self.op("Concat", [n_tokens, n_texts, *heads], axis=0)
        self._split_first = self.op("Concat", [*self.ints(1), n_texts, *heads], axis=0)
        positions = self.weight("distilbert.embeddings.position_embeddings.weight")
        table = self.constant("position_embeddings", positions[:, None, :])
        position_rows = self.op("Slice", [table, *self.ints(0), n_tokens, *self.ints(0)])
        total = self.op("Add", [self.token_embeddings(), position_rows])
        rows = self._as_rows(total, self.architecture.dim)
        return self.layer_norm(rows, "distilbert.embeddings.LayerNorm")

    def token_embeddings(self) -> str:
        """Gather 8-bit rows and their scales, then multiplies: the table stays 8-bit in memory."""
        name = "distilbert.embeddings.word_embeddings.weight"
        table = quantize(self.weight(name))
        rows = self.constant(f"{name}.int8", table.values)
        scales = self.constant(f"{name}.scales", table.scales[:, None])
        integers = self.op("Gather", [rows, "token_ids"], axis=0)
        floats = self.op("Cast", [integers], to=self._onnx.TensorProto.FLOAT)
        return self.op("Mul", [floats, self.op("Gather", [scales, "token_ids"], axis=0)])

    def attention(self, hidden: str, prefix: str, *, is_last: bool) -> str:
        """Multi-head attention on 8-bit projections; the softmax stays in float."""
        input_of = f"{prefix}.k_lin"
        rows = self._quantized(hidden, input_of)
        query_rows = self.first_tokens(rows) if is_last else rows
        query, key, value = (
            self.op(
                "Reshape",
                [
                    self._multiply(source, input_of, f"{prefix}.{part}_lin"),
                    self._split_first if is_last and part == "q" else self._split,
                ],
            )
            for source, part in ((query_rows, "q"), (rows, "k"), (rows, "v"))
        )
        scores = self.op(
            "FusedMatMul",
            [query, key],
            domain=CONTRIB,
            transBatchA=1,
            transBatchB=1,
            transB=1,
            alpha=float(self.architecture.head_dim**-0.5),
        )
        weights = self.op("Softmax", [self.op("Add", [scores, "mask_bias"])], axis=-1)
        context = self.op("FusedMatMul", [weights, value], domain=CONTRIB, transBatchB=1)
        n_columns = self.weight(f"{prefix}.out_lin.weight").shape[1]
        return self._as_rows(self.op("Transpose", [context], perm=[2, 0, 1, 3]), n_columns)

    def feed_forward(self, hidden: str, prefix: str) -> str:
        """Return both linear layers; between them rectified values never leave 8 bits."""
        inner, outer = f"{prefix}.lin1", f"{prefix}.lin2"
        rows = self._quantized(hidden, inner)
        if self._is_rectified:
            return self._multiply(self._rectified(rows, inner, outer), outer, outer)
        activated = self.op("Gelu", [self._multiply(rows, inner, inner)], domain=CONTRIB)
        return self._multiply(self._quantized(activated, outer), outer, outer)

    # The operations.

    def linear(self, hidden: str, name: str) -> str:
        """Return an 8-bit matrix multiplication with bias, from float to float."""
        return self._multiply(self._quantized(hidden, name), name, name)

    def layer_norm(self, hidden: str, name: str) -> str:
        """LayerNorm as InstanceNormalization, where every row is an image of one channel.

        ONNX Runtime works that out with vectors, unlike its LayerNormalization.
        """
        dim = self.architecture.dim
        images = self.op("Reshape", [hidden, *self.ints(-1, 1, dim)])
        unchanged = [self.constant(f"image_{v}", np.full(1, v, np.float32)) for v in (1, 0)]
        normalized = self.op(
            "InstanceNormalization", [images, *unchanged], epsilon=LAYER_NORM_EPSILON
        )
        weight, bias = (self.weight(f"{name}.{part}") for part in ("weight", "bias"))
        rows = self._as_rows(normalized, dim)
        scaled = self.op("Mul", [rows, self.constant(f"{name}.weight", weight)])
        # None is left where `equalize` has moved it on.
        return (
            self.op("Add", [scaled, self.constant(f"{name}.bias", bias)]) if bias.any() else scaled
        )

    def first_tokens(self, hidden: str) -> str:
        """Return the first token of each text: the first rows."""
        return self.op("Slice", [hidden, *self.ints(0), self._first_rows, *self.ints(0)])

    def pooled(self, hidden: str) -> str:
        """Return the last layer works out no other tokens."""
        return hidden

    def _quantized(self, hidden: str, name: str) -> str:
        """Return the input of that linear layer in 8 bits."""
        channel_scales = self._ranges[name].channel_scales
        if channel_scales is not None:
            # Multiplying is faster, and as exact with powers of two.
            factors = self.constant(f"{name}.input_factors", 1 / channel_scales)
            hidden = self.op("Mul", [hidden, factors])
        return self.op("QuantizeLinear", [hidden, *self._input_scale(name)])

    def _multiply(self, rows: str, input_of: str, name: str) -> str:
        """Multiply 8-bit rows, the input of the layer `input_of`, by the weights of `name`."""
        scale, zero_point = self._input_scale(input_of)
        values, scales = self._constants(name, self._matrix(name, input_of))
        return self.op(
            "MatMulIntegerToFloat",
            [rows, values, scale, scales, zero_point, "", self.bias(name)],
            domain=CONTRIB,
        )

    def _rectified(self, rows: str, name: str, output_of: str) -> str:
        """Return the same in 8 bits for the layer `output_of`, where 0 is the lowest number."""
        scale, zero_point = self._input_scale(name)
        matrix = self._matrix(name, name)
        values, scales = self._constants(name, matrix)
        zeros = np.zeros(len(matrix.scales), np.int8)
        return self.op(
            "QGemm",
            [
                rows,
                scale,
                zero_point,
                values,
                scales,
                self.constant(f"{name}.zero_points", zeros),
                self.constant(f"{name}.bias.int32", self._integer_bias(name, matrix.scales)),
                *self._input_scale(output_of),
            ],
            domain=CONTRIB,
        )

    def _matrix(self, name: str, input_of: str) -> QuantizedMatrix:
        """Return the weights of `name`, which reads the input of the layer `input_of`."""
        weight, channel_scales = (
            self.weight(f"{name}.weight"),
            self._ranges[input_of].channel_scales,
        )
        return quantize_weights(weight if channel_scales is None else weight * channel_scales)

    def _integer_bias(self, name: str, scales: FloatArray) -> FloatArray:
        steps = self._ranges[name].scale * scales
        steps = np.where(steps > 0, steps, np.float32(1))
        bias = np.rint(self.weight(f"{name}.bias") / steps)
        return np.asarray(np.clip(bias, -_LARGEST_BIAS, _LARGEST_BIAS).astype(np.int32))

    def _input_scale(self, name: str) -> tuple[str, str]:
        known = self._ranges[name]
        return (
            self.constant(f"{name}.input_scale", known.scale),
            self.constant(f"{name}.input_zero_point", known.zero_point),
        )

    def _constants(self, name: str, matrix: QuantizedMatrix) -> tuple[str, str]:
        return (
            self.constant(f"{name}.int8", matrix.values.T),
            self.constant(f"{name}.scales", matrix.scales),
        )

    def _as_rows(self, hidden: str, n_columns: int) -> str:
        return self.op("Reshape", [hidden, *self.ints(-1, n_columns)])
