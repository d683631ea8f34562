"""How many 8-bit operations a second this machine can do, and how many a text needs."""

import time
from typing import Any, Final

import numpy as np

from emoticare.errors import MissingExtraError
from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import IR_VERSION, OPSET
from emoticare.network.float_model import FloatModel
from emoticare.network.weights import PRODUCT_WEIGHTS

_SIZE: Final = 2048
_SECONDS_A_ROUND: Final = 0.2


class Int8Product:
    """A large 8-bit matrix product of ONNX Runtime, which shows what the processor can do.

    Args:
        threads: Of ONNX Runtime.

    Raises:
        MissingExtraError: If `onnx` is not installed.
    """

    def __init__(self, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            _graph(), options, providers=["CPUExecutionProvider"]
        )
        self._matrix = np.arange(_SIZE * _SIZE, dtype=np.uint8).reshape(_SIZE, _SIZE)
        self._run()

    def operations_per_s(self) -> float:
        """Measure for a fifth of a second; a multiplication and its addition count as two."""
        n_runs, start_s = 0, time.perf_counter()
        while (seconds := time.perf_counter() - start_s) < _SECONDS_A_ROUND:
            self._run()
            n_runs += 1
        return 2 * _SIZE**3 * n_runs / seconds

    def _run(self) -> Any:
        return self._session.run(None, {"matrix": self._matrix})


def operations_of(artifact: ModelArtifact, n_tokens: float) -> float:
    """Count the operations of the products with weights that one text needs, without padding.

    Attention's own products, which stay in float, are left out; so is what the last layer need not
    do, since the classifier reads the first token only.

    Args:
        artifact: The model.
        n_tokens: Tokens of the text, the special ones included.

    Raises:
        ArtifactError: If the weights cannot be read.
        MissingExtraError: If `onnx` is not installed.
    """
    return _operations(artifact.float_model(), n_tokens)


def _operations(model: FloatModel, n_tokens: float) -> float:
    last = f"distilbert.transformer.layer.{model.architecture.n_layers - 1}."
    of_each_token = tuple(f"{last}attention.{part}_lin.weight" for part in ("k", "v"))
    products = 0.0
    for name, weight in model.state_dict.items():
        if not name.endswith(PRODUCT_WEIGHTS):
            continue
        in_earlier_layer = name.startswith("distilbert.") and not name.startswith(last)
        products += weight.size * (n_tokens if in_earlier_layer or name in of_each_token else 1)
    return 2 * products


def _graph() -> bytes:
    try:
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise MissingExtraError("Measuring the rate of 8-bit products", "export") from error
    weights = np.arange(_SIZE * _SIZE, dtype=np.uint8).astype(np.int8).reshape(_SIZE, _SIZE)
    shape = [_SIZE, _SIZE]
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["matrix", "weights"], ["product"])],
        "product",
        [helper.make_tensor_value_info("matrix", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("product", TensorProto.INT32, shape)],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    serialized: bytes = model.SerializeToString()
    return serialized
