import numpy as np
import onnx
import onnxruntime
import pytest

from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import FloatGraph
from emoticare.network.outputs import only_output
from emoticare.network.weights import Architecture, StateDict, further_heads, of_head

INPUTS = {
    "input_ids": np.array([[2, 7, 9, 3], [2, 8, 3, 0]], np.int64),
    "attention_mask": np.array([[1, 1, 1, 1], [1, 1, 1, 0]], np.int64),
}


@pytest.fixture
def two_heads(random_weights: StateDict) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    further = {
        f"classifier_reddit.{part}": random.normal(size=random_weights[f"classifier.{part}"].shape)
        for part in ("weight", "bias")
    }
    return {**random_weights, **{name: x.astype(np.float32) for name, x in further.items()}}


def build(weights: StateDict) -> bytes:
    return FloatGraph(weights, Architecture.of(weights, 4, "gelu")).build().SerializeToString()


def logits(graph: bytes, output: str = "logits") -> np.ndarray:
    return onnxruntime.InferenceSession(graph).run([output], INPUTS)[0]


@pytest.mark.parametrize("output", ["logits", "logits_reddit"])
def test_the_output_kept_is_the_same_under_the_name_logits(two_heads, output):
    graph = build(two_heads)
    cut = only_output(graph, output)
    model = onnx.load_model_from_string(cut)
    assert [value.name for value in model.graph.output] == ["logits"]
    names = {tensor.name.split(".")[0] for tensor in model.graph.initializer}
    assert len(names & {"classifier", "classifier_reddit"}) == 1
    np.testing.assert_array_equal(logits(cut), logits(graph, output))


def test_a_graph_of_one_output_stays_as_it_is(random_artifact: ModelArtifact):
    assert only_output(random_artifact.graph, "logits") is random_artifact.graph


def test_heads_are_taken_by_name(two_heads):
    assert further_heads(two_heads) == ["reddit"]
    reddit = of_head(two_heads, "reddit")
    assert further_heads(reddit) == []
    np.testing.assert_array_equal(
        reddit["classifier.weight"], two_heads["classifier_reddit.weight"]
    )
    np.testing.assert_array_equal(logits(build(reddit)), logits(build(two_heads), "logits_reddit"))
