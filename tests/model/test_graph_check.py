import os

import onnx
import pytest
from onnx import TensorProto, helper

from emoticare.errors import ArtifactError
from emoticare.model.graph_check import OPERATORS, check_graph
from emoticare.network.float_graph import FloatGraph
from emoticare.network.weights import Architecture


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
        model_of(helper.make_node("Relu", ["x"], ["y"], body=body(LOOP))),
        # The same node with its numbers spelled in more bytes than they need.
        model_of(LOOP).replace(b"\x22\x04Loop", b"\xa2\x00\x84\x00Loop"),
        # A tag of 35 bits, which protocol buffers cut to the 32 of that of a name.
        model_of(LOOP).replace(b"\x22\x04Loop", b"\xa2\x80\x80\x80\x10\x04Loop"),
        model_of(helper.make_node("ConstantOfShape", ["x"], ["y"])),
        model_of(helper.make_node("Relu", ["x"], ["y"], domain="of.mine")),
        model_of(helper.make_node("QGemm", ["x"], ["y"])),
    ],
    ids=[
        "loop", "scan", "inside a branch", "inside a node", "odd spelling", "a tag too large",
        "another operator", "another domain", "a fused one without its domain",
    ],
)  # fmt: skip
def test_what_our_own_graphs_do_not_have(graph):
    with pytest.raises(ArtifactError, match=r"model\.onnx (has operators|holds no ONNX graph)"):
        check_graph(graph, "model.onnx")


def bomb(depth: int) -> bytes:
    """Return a graph of functions, each of which calls the next one twice."""
    functions = []
    for i in range(depth):
        calls = [helper.make_node(f"F{i + 1}", [x], [y], domain="d") for x, y in ("xa", "ay")]
        last = [helper.make_node("Relu", ["x"], ["y"])]
        nodes = calls if i < depth - 1 else last
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
        functions.append(helper.make_function("d", f"F{i}", ["x"], ["y"], nodes, opsets))
    return model_of(helper.make_node("F0", ["x"], ["y"], domain="d"), functions=functions)


def test_functions_that_call_each_other_twice():
    """A thousand bytes of them keep ONNX Runtime busy for minutes, some more for ever."""
    with pytest.raises(ArtifactError, match="it defines functions"):
        check_graph(bomb(40), "model.onnx")


def test_a_function_by_the_name_of_an_operator():
    function = helper.make_function("", "Relu", ["x"], ["x"], [LOOP], [])
    with pytest.raises(ArtifactError, match="it defines functions"):
        check_graph(
            model_of(helper.make_node("Relu", ["x"], ["y"]), functions=[function]), "model.onnx"
        )


def test_names_in_messages_are_few_and_short():
    nodes = [helper.make_node(f"\x1b[2J{i}" + "x" * 10_000, ["x"], ["y"]) for i in range(100)]
    with pytest.raises(ArtifactError) as caught:
        check_graph(model_of(*nodes), "model.onnx")
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500


def test_the_operators_are_those_of_our_own_graphs(
    random_weights, random_artifact, rectified_artifact, embedded_artifact
):
    graphs = [
        FloatGraph(random_weights, Architecture.of(random_weights, 4, activation)).build()
        for activation in ("gelu", "relu")
    ]
    quantized = (random_artifact, rectified_artifact, embedded_artifact)
    graphs += [onnx.load_model_from_string(artifact.graph) for artifact in quantized]
    made = {(node.domain, node.op_type) for model in graphs for node in model.graph.node}
    assert made <= OPERATORS
    fused_of_version_0_1 = ("MatMulNBits", "MultiHeadAttention", "SkipLayerNormalization")
    former = {("", "Gemm"), *(("com.microsoft", name) for name in fused_of_version_0_1)}
    assert OPERATORS - made == former


def test_a_name_is_no_operator():
    check_graph(model_of(helper.make_node("Relu", ["Loop"], ["Scan"], name="Loop")), "model.onnx")


def test_the_standard_domain_has_two_names():
    check_graph(model_of(helper.make_node("Relu", ["x"], ["y"], domain="ai.onnx")), "model.onnx")


def test_any_bytes_are_an_answer():
    whole = model_of(LOOP)
    for n_kept in range(len(whole)):
        for tail in (b"", b"\xff" * 12, os.urandom(8)):
            try:
                check_graph(whole[:n_kept] + tail, "model.onnx")
            except ArtifactError:
                continue
