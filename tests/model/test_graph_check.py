import os

import pytest
from onnx import TensorProto, helper

from emoticare.errors import ArtifactError
from emoticare.model.graph_check import check_graph


def model_of(*nodes, functions=()) -> bytes:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph(list(nodes), "g", [value], [value])
    return helper.make_model(graph, functions=list(functions)).SerializeToString()


def body(*nodes):
    return helper.make_graph(list(nodes), "Loop", [], [])


LOOP = helper.make_node("Loop", ["", "go", "x"], ["x"], body=body())


@pytest.mark.parametrize(
    "graph",
    [
        model_of(helper.make_node("Relu", ["x"], ["y"]), LOOP),
        model_of(helper.make_node("Scan", ["x"], ["y"], body=body(), num_scan_inputs=1)),
        model_of(helper.make_node("If", ["x"], ["y"], then_branch=body(LOOP), else_branch=body())),
        model_of(
            helper.make_node("Mine", ["x"], ["y"], domain="d"),
            functions=[helper.make_function("d", "Mine", ["x"], ["y"], [LOOP], [])],
        ),
        # The same node with its numbers spelled in more bytes than they need.
        model_of(LOOP).replace(b"\x22\x04Loop", b"\xa2\x00\x84\x00Loop"),
    ],
    ids=["loop", "scan", "inside a branch", "inside a function", "odd spelling"],
)
def test_loops_are_found(graph):
    with pytest.raises(ArtifactError, match=r"model\.onnx (has loops|holds no ONNX graph)"):
        check_graph(graph, "model.onnx")


def test_a_name_is_no_loop():
    check_graph(model_of(helper.make_node("Relu", ["Loop"], ["Scan"], name="Loop")), "model.onnx")


def test_any_bytes_are_an_answer():
    whole = model_of(LOOP)
    for n_kept in range(len(whole)):
        for tail in (b"", b"\xff" * 12, os.urandom(8)):
            try:
                check_graph(whole[:n_kept] + tail, "model.onnx")
            except ArtifactError:
                continue
