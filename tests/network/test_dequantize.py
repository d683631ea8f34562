import dataclasses
import re
import sys
from collections.abc import Callable

import numpy as np
import onnx
import pytest

from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.model.artifact import ModelArtifact
from emoticare.network.dequantize import dequantize_graph
from emoticare.network.int8_graph import Int8Graph
from emoticare.network.weights import Architecture
from emoticare.stages.probabilities import FloatArray


def initializers(graph: bytes) -> dict[str, bytes]:
    model = onnx.load_model_from_string(graph)
    return {tensor.name: tensor.raw_data for tensor in model.graph.initializer}


@pytest.mark.parametrize(
    "name", ["random_artifact", "rectified_artifact", "slim_artifact", "embedded_artifact"]
)
def test_quantizing_again_gives_the_same_bytes(name: str, request: pytest.FixtureRequest) -> None:
    artifact: ModelArtifact = request.getfixturevalue(name)
    state_dict, ranges = dequantize_graph(artifact.graph)
    sizes = Architecture.of(state_dict, artifact.config.n_heads, artifact.config.activation)
    again = Int8Graph(state_dict, sizes, ranges).build().SerializeToString()
    before, after = initializers(artifact.graph), initializers(again)
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == set()


def test_every_weight_comes_back(
    random_weights: dict[str, FloatArray], random_artifact: ModelArtifact
) -> None:
    state_dict, ranges = dequantize_graph(random_artifact.graph)
    assert state_dict.keys() == random_weights.keys()
    for name, weight in random_weights.items():
        assert state_dict[name].dtype == np.float32
        assert state_dict[name].shape == weight.shape
        read = re.sub(r"[qv]_lin", "k_lin", name).removesuffix(".weight")
        known = ranges.get(read) if name.endswith("weight") else None
        scales = 1 if known is None or known.channel_scales is None else known.channel_scales
        # Neighbours of one sign widen the steps, twofold at most.
        largest_step = 2 * np.abs(weight * scales).max() / 127
        off = np.abs((state_dict[name] - weight) * scales)
        assert off.max() <= largest_step / 2 + 1e-6, name
    exact = [name for name, weight in random_weights.items() if weight.ndim == 1]
    for name in [*exact, "classifier.weight"]:
        np.testing.assert_array_equal(state_dict[name], random_weights[name])


def test_every_weight_of_a_slimmed_model_has_its_own_size(
    slim_weights: dict[str, FloatArray], slim_artifact: ModelArtifact
) -> None:
    state_dict, _ = dequantize_graph(slim_artifact.graph)
    assert {k: v.shape for k, v in state_dict.items()} == {
        k: v.shape for k, v in slim_weights.items()
    }


def test_a_part_of_a_head_is_refused(slim_artifact: ModelArtifact) -> None:
    config = dataclasses.replace(slim_artifact.config, n_heads=1)
    with pytest.raises(ArtifactError, match=r"whole attention heads of 40 columns"):
        dataclasses.replace(slim_artifact, config=config).float_model()


def edited(graph: bytes, edit: Callable[[onnx.GraphProto], None]) -> bytes:
    model = onnx.load_model_from_string(graph)
    edit(model.graph)
    serialized: bytes = model.SerializeToString()
    return serialized


def replace(graph: onnx.GraphProto, name: str, array: np.ndarray | None) -> None:
    (position,) = (i for i, tensor in enumerate(graph.initializer) if tensor.name == name)
    del graph.initializer[position]
    if array is not None:
        graph.initializer.append(onnx.numpy_helper.from_array(array, name))


def test_any_missing_weight_is_named(random_artifact: ModelArtifact) -> None:
    names = initializers(random_artifact.graph).keys()
    # Constants, which only the graph itself reads; and without its scale an input is not quantized.
    unread = r"ints_|one$|mask_value|image_|.*\.input_scale$"
    for name in (name for name in names if not re.match(unread, name)):
        damaged = edited(random_artifact.graph, lambda graph, name=name: replace(graph, name, None))
        with pytest.raises(ArtifactError, match="found none"):
            dequantize_graph(damaged)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("position_embeddings", np.zeros((24, 1, 41), np.float32)),
        ("position_embeddings", np.zeros((24, 1, 40), np.float64)),
        ("position_embeddings", np.zeros((24, 40), np.float32)),
        ("pre_classifier.int8", np.zeros((40, 41), np.int8)),
        ("pre_classifier.int8", np.zeros((40, 40), np.uint8)),
        ("pre_classifier.scales", np.zeros(41, np.float32)),
        ("classifier.bias", np.zeros(27, np.float32)),
        ("distilbert.transformer.layer.1.attention.q_lin.bias", np.zeros(121, np.float32)),
        ("distilbert.transformer.layer.1.ffn.lin1.bias", np.zeros(10**6, np.float32)),
        ("distilbert.embeddings.word_embeddings.weight.int8", np.zeros((0, 0), np.int8)),
    ],
)
def test_sizes_and_types_that_do_not_fit(
    random_artifact: ModelArtifact, name: str, array: np.ndarray
) -> None:
    damaged = edited(random_artifact.graph, lambda graph: replace(graph, name, array))
    with pytest.raises(ArtifactError, match=r"Expected the graph of an EmotiCare model with .*as "):
        dequantize_graph(damaged)


@pytest.mark.parametrize("factor", [0, -1, 0.3, 1e-42, 2.0**60, np.inf, np.nan])
def test_factors_that_are_no_powers_of_two(random_artifact: ModelArtifact, factor: float) -> None:
    name = "distilbert.transformer.layer.0.ffn.lin1.input_factors"
    factors = np.ones(40, np.float32)
    factors[7] = factor
    damaged = edited(random_artifact.graph, lambda graph: replace(graph, name, factors))
    with pytest.raises(ArtifactError, match="powers of two"):
        dequantize_graph(damaged)


@pytest.mark.parametrize("layer", ["ffn.lin2", "attention.q_lin", "attention.out_lin"])
def test_factors_where_the_graph_applies_none(random_artifact: ModelArtifact, layer: str) -> None:
    def add(graph: onnx.GraphProto) -> None:
        name = f"distilbert.transformer.layer.0.{layer}"
        one = np.ones((), np.float32)
        extra = {"input_scale": one, "input_zero_point": np.uint8(0), "input_factors": one}
        taken = {tensor.name for tensor in graph.initializer}
        graph.initializer.extend(
            onnx.numpy_helper.from_array(np.asarray(value), f"{name}.{part}")
            for part, value in extra.items()
            if f"{name}.{part}" not in taken
        )

    with pytest.raises(ArtifactError, match="factors where hidden states are read"):
        dequantize_graph(edited(random_artifact.graph, add))


def test_a_layer_number_out_of_all_proportion(random_artifact: ModelArtifact) -> None:
    def rename(graph: onnx.GraphProto) -> None:
        graph.initializer[-1].name = "distilbert.transformer.layer.99999999999.x"

    with pytest.raises(ArtifactError, match=r"layer\.2\."):
        dequantize_graph(edited(random_artifact.graph, rename))


def test_weights_in_another_file(random_artifact: ModelArtifact) -> None:
    def point_elsewhere(graph: onnx.GraphProto) -> None:
        tensor = graph.initializer[0]
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="elsewhere")

    with pytest.raises(ArtifactError, match="another file"):
        dequantize_graph(edited(random_artifact.graph, point_elsewhere))


@pytest.mark.parametrize("graph", [b"", b"not a graph", b"\xff" * 64])
def test_no_graph_at_all(graph: bytes) -> None:
    with pytest.raises(ArtifactError, match="Expected the graph of an EmotiCare model"):
        dequantize_graph(graph)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_heads": 3}, "3 heads"),
        ({"labels": ("joy",)}, "1 labels"),
        ({"max_length": 25}, "at most 24"),
    ],
)
def test_a_configuration_that_does_not_fit(
    random_artifact: ModelArtifact, changes: dict[str, object], message: str
) -> None:
    config = dataclasses.replace(random_artifact.config, **changes)
    with pytest.raises(ArtifactError, match=message):
        dataclasses.replace(random_artifact, config=config).float_model()


def test_without_the_package(
    monkeypatch: pytest.MonkeyPatch, random_artifact: ModelArtifact
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"emoticare\[export\]"):
        dequantize_graph(random_artifact.graph)
