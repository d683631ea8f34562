"""The graph that EmotiCare runs: 8-bit weights, fused operators of ONNX Runtime.

Activations are quantized in blocks of a row, never over a whole batch, so that a text's score does
not depend on the texts beside it.
"""

import numpy as np

from emoticare.exporting.graph import LAYER_NORM_EPSILON, FloatGraph
from emoticare.exporting.int8 import BLOCK_SIZE, quantize

CONTRIB = "com.microsoft"
_INT8_ACTIVATIONS = 4


class Int8Graph(FloatGraph):
    """Builds the quantized graph; same inputs and output as `FloatGraph`."""

    # The 8-bit kernels take rows two by two, and an odd one out is rounded otherwise in the last
    # bit, which later rounding to 8 bits amplifies. An even number of rows keeps scores the same.
    tokens_read = 2

    def token_embeddings(self) -> str:
        """Gathers 8-bit rows and their scales, then multiplies: the table stays 8-bit in memory."""
        name = "distilbert.embeddings.word_embeddings.weight"
        table = quantize(self.weight(name), self.architecture.dim)
        rows = self.constant(
            f"{name}.int8", (table.values[:, 0].astype(np.int16) - 128).astype(np.int8)
        )
        scales = self.constant(f"{name}.scales", table.scales)
        integers = self.op("Gather", [rows, "input_ids"], axis=0)
        floats = self.op("Cast", [integers], to=self._onnx.TensorProto.FLOAT)
        return self.op("Mul", [floats, self.op("Gather", [scales, "input_ids"], axis=0)])

    def linear(self, hidden: str, name: str) -> str:
        """An 8-bit matrix multiplication with bias."""
        return self._matmul(hidden, name, self.bias(name))

    def _matmul(self, hidden: str, name: str, bias: str = "") -> str:
        matrix = quantize(self.weight(f"{name}.weight"), BLOCK_SIZE)
        values = self.constant(f"{name}.int8", matrix.values)
        scales = self.constant(f"{name}.scales", matrix.scales)
        inputs = [hidden, values, scales, "", "", bias] if bias else [hidden, values, scales]
        return self.op(
            "MatMulNBits",
            inputs,
            domain=CONTRIB,
            K=matrix.columns,
            N=len(matrix.values),
            bits=8,
            block_size=BLOCK_SIZE,
            accuracy_level=_INT8_ACTIVATIONS,
        )

    def attention(self, query_source: str, hidden: str, prefix: str) -> str:
        """Fused multi-head attention; the three biases are added inside it."""
        names = [f"{prefix}.{part}_lin" for part in "qkv"]
        sources = (query_source, hidden, hidden)
        projected = [self._matmul(x, name) for x, name in zip(sources, names, strict=True)]
        bias = np.concatenate([self.weight(f"{name}.bias") for name in names])
        return self.op(
            "MultiHeadAttention",
            [*projected, self.constant(f"{prefix}.qkv_bias", bias), "padding_mask"],
            domain=CONTRIB,
            num_heads=self.architecture.n_heads,
        )

    def residual_norm(self, hidden: str, update: str, name: str) -> str:
        """The sum and its LayerNorm in one operator."""
        parts = [
            self.constant(f"{name}.{p}", self.weight(f"{name}.{p}")) for p in ("weight", "bias")
        ]
        return self.op(
            "SkipLayerNormalization",
            [hidden, update, *parts],
            domain=CONTRIB,
            epsilon=LAYER_NORM_EPSILON,
        )

    def gelu(self, hidden: str) -> str:
        """The exact unit, in one operator."""
        return self.op("Gelu", [hidden], domain=CONTRIB)

    def _attention_mask(self) -> None:
        self.op("Cast", ["attention_mask"], output="padding_mask", to=self._onnx.TensorProto.INT32)
