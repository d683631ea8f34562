import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from emoticare.network.int8 import quantize, quantize_weights

# An odd number of columns has a last one without a neighbour.
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 9))


def random_matrix(seed: int, shape: tuple[int, int], scale: float = 0.05) -> np.ndarray:
    # Heavy tails: single large weights as well as large neighbours.
    return (np.random.default_rng(seed).standard_t(3, shape) * scale).astype(np.float32)


def sums_of_pairs(values: np.ndarray) -> np.ndarray:
    return values[:, : values.shape[1] // 2 * 2].astype(int).reshape(len(values), -1, 2).sum(axis=2)


@given(st.integers(0, 10**6), SHAPES, st.sampled_from([1e-30, 0.05, 1e30]))
def test_neighbours_never_overflow_16_bits(seed, shape, scale):
    matrix = random_matrix(seed, shape, scale)
    quantized = quantize_weights(matrix)
    assert np.abs(quantized.values.astype(int)).max() <= 127
    assert np.abs(sums_of_pairs(quantized.values)).max(initial=0) <= 128
    steps = np.abs(quantized.dequantize() - matrix) / quantized.scales[:, None]
    assert steps.max() <= 0.51


@given(st.integers(0, 10**6), SHAPES)
def test_what_was_dequantized_is_quantized_to_the_same(seed, shape):
    for function in (quantize, quantize_weights):
        once = function(random_matrix(seed, shape))
        again = function(once.dequantize())
        np.testing.assert_array_equal(again.values, once.values)
        np.testing.assert_array_equal(again.scales, once.scales)


def test_a_tie_keeps_the_largest_pair_whole():
    # 64.4999 and 63.4999 would both be rounded down, to 127 together.
    matrix = np.array([[64.4999, 63.4999], [-64.4999, -63.4999]], np.float32)
    values = quantize_weights(matrix).values.astype(int)
    assert values.sum(axis=1).tolist() == [128, -128]


def test_rows_of_zeros_stay_zeros():
    for function in (quantize, quantize_weights):
        quantized = function(np.zeros((2, 4), np.float32))
        assert not quantized.values.any()
        assert not quantized.dequantize().any()


@pytest.mark.parametrize("sign", [1, -1])
def test_this_processor_adds_them_up_exactly(sign):
    # The worst there is: the highest activations, and the largest weights of one sign.
    weights = quantize_weights(np.full((16, 64), sign, np.float32)).values
    rows = np.full((4, 64), 255, np.uint8)
    node = helper.make_node("MatMulInteger", ["rows", "weights"], ["sums"])
    graph = helper.make_graph(
        [node],
        "sums",
        [helper.make_tensor_value_info("rows", TensorProto.UINT8, [4, 64])],
        [helper.make_tensor_value_info("sums", TensorProto.INT32, [4, 16])],
        [numpy_helper.from_array(np.ascontiguousarray(weights.T), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (sums,) = session.run(None, {"rows": rows})
    np.testing.assert_array_equal(sums, rows.astype(int) @ weights.T.astype(int))
