"""A DistilBERT sequence classifier as an ONNX graph, built by hand.

An exporter leaves shape arithmetic and split-up attention behind. Six identical layers are easily
written down instead, and what nobody reads is left out: the last layer works out the first token
only, since the classifier looks at no other.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emoticare.errors import MissingExtraError
from emoticare.network.weights import (
    RISK_HEAD,
    Architecture,
    FloatArray,
    StateDict,
    further_heads,
    has_risks,
)

if TYPE_CHECKING:
    import onnx

RISK_OUTPUT = "risk_logits"
OPSET = 17
IR_VERSION = 8
LAYER_NORM_EPSILON = 1e-12


class FloatGraph:
    """Builds the float32 graph, in standard operators only, so that any ONNX runtime reads it.

    Inputs `input_ids` and `attention_mask`, int64 of shape (batch, tokens); output `logits`,
    float32 of shape (batch, n_labels), and one more of that shape, `logits_NAME`, for each further
    head; and where there is a head for risks, `risk_logits` of shape (batch, n_risks).

    Args:
        state_dict: The weights.
        architecture: Their sizes.
    """

    def __init__(self, state_dict: StateDict, architecture: Architecture) -> None:
        try:
            import onnx
        except ImportError as error:
            raise MissingExtraError("Building an ONNX graph", "export") from error
        self._onnx = onnx
        self.state_dict = state_dict
        self.architecture = architecture
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}

    leaves_out_unread = True
    """Whether the last layer works out first tokens only."""

    def build(self) -> "onnx.ModelProto":
        """Return the whole model."""
        hidden = self.embeddings()
        self._mask_bias()
        last = self.architecture.n_layers - 1
        for layer in range(self.architecture.n_layers):
            is_last = layer == last and self.leaves_out_unread
            hidden = self._layer(hidden, layer, is_last=is_last)
        self._head(hidden)
        return self._model()

    # The parts of the network, in order.

    def embeddings(self) -> str:
        """Return the embedded tokens; (batch, tokens, dim), as all hidden states here."""
        positions = self.constant(
            "position_embeddings", self.weight("distilbert.embeddings.position_embeddings.weight")
        )
        n_tokens = self.op("Slice", [self.op("Shape", ["input_ids"]), *self.ints(1), *self.ints(2)])
        position_rows = self.op("Slice", [positions, *self.ints(0), n_tokens, *self.ints(0)])
        total = self.op("Add", [self.token_embeddings(), position_rows])
        return self.layer_norm(total, "distilbert.embeddings.LayerNorm")

    def _layer(self, hidden: str, index: int, *, is_last: bool) -> str:
        prefix = f"distilbert.transformer.layer.{index}"
        context = self.attention(hidden, f"{prefix}.attention", is_last=is_last)
        attended = self.linear(context, f"{prefix}.attention.out_lin")
        residual = self.first_tokens(hidden) if is_last else hidden
        hidden = self.residual_norm(residual, attended, f"{prefix}.sa_layer_norm")
        outer = self.feed_forward(hidden, f"{prefix}.ffn")
        return self.residual_norm(hidden, outer, f"{prefix}.output_layer_norm")

    def attention(self, hidden: str, prefix: str, *, is_last: bool) -> str:
        """Multi-head attention before the output projection.

        In the last layer only first tokens ask, since the classifier reads no others.
        """
        source = self.first_tokens(hidden) if is_last else hidden
        query = self._heads(self.linear(source, f"{prefix}.q_lin"), [0, 2, 1, 3])
        key = self._heads(self.linear(hidden, f"{prefix}.k_lin"), [0, 2, 3, 1])
        value = self._heads(self.linear(hidden, f"{prefix}.v_lin"), [0, 2, 1, 3])
        scale = self.constant("attention_scale", np.float32(self.architecture.head_dim**-0.5))
        scores = self.op("MatMul", [self.op("Mul", [query, scale]), key])
        weights = self.op("Softmax", [self.op("Add", [scores, "mask_bias"])], axis=-1)
        context = self.op("Transpose", [self.op("MatMul", [weights, value])], perm=[0, 2, 1, 3])
        return self.op("Reshape", [context, *self.ints(0, 0, -1)])

    def feed_forward(self, hidden: str, prefix: str) -> str:
        """Return the two linear layers with the activation between them."""
        inner = self.linear(hidden, f"{prefix}.lin1")
        activated = self.op("Relu", [inner]) if self._is_rectified else self.gelu(inner)
        return self.linear(activated, f"{prefix}.lin2")

    def _head(self, hidden: str) -> None:
        pooled = self.op("Relu", [self.linear(self.pooled(hidden), "pre_classifier")])
        for name, output in self._classifiers().items():
            weight = self.constant(f"{name}.weight.T", self.weight(f"{name}.weight").T)
            product = self.op("MatMul", [pooled, weight])
            self.op("Add", [product, self.bias(name)], output=output)

    def _classifiers(self) -> dict[str, str]:
        """Return the name of each head's output, by the head's own."""
        further = further_heads(self.state_dict)
        outputs = {"classifier": "logits"} | {f"classifier_{x}": f"logits_{x}" for x in further}
        return outputs | ({RISK_HEAD: RISK_OUTPUT} if has_risks(self.state_dict) else {})

    # The operations, which a quantized graph replaces one by one.

    def token_embeddings(self) -> str:
        """Look the token ids up; (batch, tokens, dim)."""
        name = "distilbert.embeddings.word_embeddings.weight"
        return self.op("Gather", [self.constant(name, self.weight(name)), "input_ids"], axis=0)

    def linear(self, hidden: str, name: str) -> str:
        """`hidden @ weight.T + bias`."""
        weight = self.constant(f"{name}.weight.T", self.weight(f"{name}.weight").T)
        product = self.op("MatMul", [hidden, weight])
        return self.op("Add", [product, self.bias(name)])

    def residual_norm(self, hidden: str, update: str, name: str) -> str:
        """LayerNorm of the sum."""
        return self.layer_norm(self.op("Add", [hidden, update]), name)

    def gelu(self, hidden: str) -> str:
        """Return the exact Gaussian error linear unit, x * (1 + erf(x / sqrt 2)) / 2."""
        root_two = self.constant("sqrt_two", np.float32(np.sqrt(2.0)))
        erf = self.op("Erf", [self.op("Div", [hidden, root_two])])
        one_plus = self.op("Add", [erf, self.constant("one", np.float32(1.0))])
        product = self.op("Mul", [hidden, one_plus])
        return self.op("Mul", [product, self.constant("half", np.float32(0.5))])

    def layer_norm(self, hidden: str, name: str) -> str:
        """LayerNorm over the last axis."""
        parts = [self.constant(f"{name}.{p}", self.weight(f"{name}.{p}")) for p in _NORM_PARTS]
        return self.op("LayerNormalization", [hidden, *parts], axis=-1, epsilon=LAYER_NORM_EPSILON)

    def first_tokens(self, hidden: str) -> str:
        """Return the first token of each text; (batch, 1, dim)."""
        return self.op("Slice", [hidden, *self.ints(0), *self.ints(1), *self.ints(1)])

    def pooled(self, hidden: str) -> str:
        """Return what the classifier reads of the last layer; (batch, dim)."""
        return self.op("Squeeze", [hidden, *self.ints(1)])

    def _mask_bias(self) -> None:
        """Add `mask_bias`: 0 where a token is, a large negative number on padding."""
        mask = self.op("Cast", ["attention_mask"], to=self._onnx.TensorProto.FLOAT)
        padding = self.op("Sub", [self.constant("one", np.float32(1.0)), mask])
        lowest = self.constant("mask_value", np.float32(-1e9))
        bias = self.op("Mul", [padding, lowest])
        self.op("Unsqueeze", [bias, *self.ints(1, 2)], output="mask_bias")

    def _heads(self, hidden: str, permutation: list[int]) -> str:
        split = self.op("Reshape", [hidden, *self.ints(0, 0, -1, self.architecture.head_dim)])
        return self.op("Transpose", [split], perm=permutation)

    # Book-keeping.

    @property
    def _is_rectified(self) -> bool:
        return self.architecture.activation == "relu"

    def outputs(self) -> list[str]:
        """Names of the outputs, the logits first."""
        return list(self._classifiers().values())

    def weight(self, name: str) -> FloatArray:
        """Return the weight of that name."""
        return self.state_dict[name]

    def bias(self, name: str) -> str:
        """Return the bias of a linear layer, as an initializer."""
        return self.constant(f"{name}.bias", self.weight(f"{name}.bias"))

    def op(
        self,
        op_type: str,
        inputs: Sequence[str],
        *,
        output: str | None = None,
        domain: str = "",
        **attributes: object,
    ) -> str:
        """Add a node with one output and return the output's name."""
        output = output or f"{op_type}_{len(self._nodes)}"
        node = self._onnx.helper.make_node(
            op_type, list(inputs), [output], name=f"node_{output}", domain=domain, **attributes
        )
        self._nodes.append(node)
        return output

    def constant(self, name: str, value: np.ndarray | np.generic) -> str:
        """Add an initializer, once for each name, and return the name."""
        if name not in self._initializers:
            array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
            self._initializers[name] = self._onnx.numpy_helper.from_array(array, name)
        return name

    def ints(self, *values: int) -> list[str]:
        """Return one int64 initializer holding the values, in a list to be spread among inputs."""
        name = "ints_" + "_".join(map(str, values))
        return [self.constant(name, np.array(values, np.int64))]

    def _model(self) -> "onnx.ModelProto":
        helper, types = self._onnx.helper, self._onnx.TensorProto
        inputs = [
            helper.make_tensor_value_info(name, types.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        shapes = {
            output: ["batch", len(self.weight(f"{head}.weight"))]
            for head, output in self._classifiers().items()
        }
        outputs = [
            helper.make_tensor_value_info(name, types.FLOAT, shapes.get(name))
            for name in self.outputs()
        ]
        graph = helper.make_graph(
            self._nodes, "emoticare", inputs, outputs, list(self._initializers.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="emoticare"
        )


_NORM_PARTS = ("weight", "bias")
