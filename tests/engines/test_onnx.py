import os
import signal
import threading
import time
from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from emoticare.engines.onnx import OnnxEngine
from emoticare.errors import ArtifactError
from emoticare.model.graph_check import check_graph
from emoticare.stages.batches import pad


@pytest.fixture(scope="module")
def engine(tiny_artifact):
    return OnnxEngine(tiny_artifact.graph, {"logits": 28})


def other_graph(inputs=("input_ids", "attention_mask"), output="logits", n_labels=28) -> bytes:
    """Count the tokens of each text, `n_labels` times over."""
    values = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in inputs]
    logits = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["b", n_labels])
    nodes = [
        helper.make_node("ReduceSum", [inputs[-1], "axis"], ["sum"], keepdims=1),
        helper.make_node("Cast", ["sum"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Expand", ["float", "shape"], [output]),
    ]
    constants = [
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        helper.make_tensor("shape", TensorProto.INT64, [2], [1, n_labels]),
    ]
    graph = helper.make_graph(nodes, "g", values, [logits], constants)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def test_logits_have_the_shape_and_type_that_is_promised(engine):
    logits = engine.run(*pad([[2, 7, 3], [2, 3]]))
    assert logits.shape == (2, 28)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()


def test_padding_does_not_count(engine):
    alone = engine.run(*pad([[2, 7, 8, 3]]))
    padded = engine.run(*pad([[2, 7, 8, 3], [2, *range(5, 45), 3]]))[:1]
    np.testing.assert_allclose(alone, padded, atol=2e-3)


def test_another_graph_of_the_same_shape_is_run():
    logits = OnnxEngine(other_graph(), {"logits": 28}).run(*pad([[2, 7, 3], [2, 3]]))
    assert logits[:, 0].tolist() == [3, 2]


@pytest.mark.parametrize(
    "graph",
    [
        other_graph(inputs=("input_ids", "mask")),
        other_graph(inputs=("attention_mask",)),
        other_graph(inputs=("input_ids", "attention_mask", "token_type_ids")),
        other_graph(output="probabilities"),
        other_graph(n_labels=27),
    ],
    ids=["wrong input", "too few inputs", "too many inputs", "wrong output", "wrong labels"],
)
def test_a_graph_with_other_ends_is_refused(graph):
    with pytest.raises(ArtifactError, match="Expected a graph"):
        OnnxEngine(graph, {"logits": 28})


def test_what_is_no_graph_is_refused(tiny_artifact):
    graph = tiny_artifact.graph
    for bad in (b"", b"\x80\x04K\x01.", b"{}", graph[: len(graph) // 2], os.urandom(2000)):
        with pytest.raises(ArtifactError, match="ONNX Runtime"):
            OnnxEngine(bad, {"logits": 28})


def doubling_graph(n_doublings: int) -> bytes:
    """Multiply by a row of a constant that is put behind itself, again and again."""
    values = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"])
        for name in ("input_ids", "attention_mask")
    ]
    names = ["c", *(f"c{i}" for i in range(n_doublings))]
    nodes = [
        *(helper.make_node("Concat", [a, a], [b], axis=0) for a, b in pairwise(names)),
        helper.make_node("Slice", [names[-1], "zero", "one", "zero"], ["row"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Slice", ["mask", "zero", "one", "one"], ["first"]),
        helper.make_node("Mul", ["first", "row"], ["logits"]),
    ]
    constants = [
        helper.make_tensor("c", TensorProto.FLOAT, [64, 28], [1.0] * 64 * 28),
        helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
        helper.make_tensor("one", TensorProto.INT64, [1], [1]),
    ]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", 28])
    graph = helper.make_graph(nodes, "g", values, [logits], constants)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def test_nothing_is_worked_out_as_a_graph_is_opened():
    graph = doubling_graph(16)
    check_graph(graph, "model.onnx")
    start_s = time.thread_time()
    OnnxEngine(graph, {"logits": 28})
    assert time.thread_time() - start_s < 1  # gigabytes would take longer
    logits = OnnxEngine(doubling_graph(2), {"logits": 28}).run(*pad([[2, 7, 3], [2, 3]]))
    assert logits.tolist() == [[1] * 28] * 2


def test_an_operator_that_nobody_knows_is_refused():
    model = onnx.load_model_from_string(other_graph())
    model.graph.node[0].op_type = "NoSuchOperator"
    with pytest.raises(ArtifactError, match="NoSuchOperator"):
        OnnxEngine(model.SerializeToString(), {"logits": 28})


@pytest.mark.parametrize("ids", [[2, 10**6, 3], [2, *[7] * 80, 3]], ids=["id", "length"])
def test_tokens_of_another_model_are_an_artifact_error(engine, ids):
    with pytest.raises(ArtifactError, match="could not run"):
        engine.run(*pad([ids]))


def test_threads_share_an_engine(engine):
    batch = pad([[2, *range(5, 5 + n), 3] for n in range(1, 20)])
    expected = engine.run(*batch)
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(engine.run(*batch))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all((result == expected).all() for result in results)


def constant_graph(shape: list[int], value: float) -> bytes:
    """Give the same logits whatever the texts are."""
    names = ("input_ids", "attention_mask")
    values = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in names]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", 28])
    size = int(np.prod(shape))
    constant = helper.make_tensor("value", TensorProto.FLOAT, shape, [value] * size)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["value"], ["logits"])], "g", values, [logits], [constant]
    )
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        ([7, 28], 0.0, r"shape \(1, 28\) from the model, found \(7, 28\)"),
        ([1, 28], float("nan"), "finite logits"),
        ([1, 28], float("inf"), "finite logits"),
    ],
    ids=["rows", "nan", "inf"],
)
def test_logits_that_are_none_are_an_artifact_error(shape, value, message):
    engine = OnnxEngine(constant_graph(shape, value), {"logits": 28})
    with pytest.raises(ArtifactError, match=message):
        engine.run(*pad([[2, 7, 3]]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_while_a_thread_holds_the_lock_goes_on(tiny_artifact):
    engine = OnnxEngine(tiny_artifact.graph, {"logits": 28})
    batch = pad([[2, 7, 3]])
    expected = engine.run(*batch)
    held, done = threading.Event(), threading.Event()

    def hold():
        with engine._lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os._exit(0 if (engine.run(*batch) == expected).all() else 1)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        done.set()
        thread.join()
