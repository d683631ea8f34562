import dataclasses

import numpy as np
import onnxruntime
import pytest

from emoticare.errors import ArtifactError
from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import FloatGraph
from emoticare.network.weights import Architecture, unprune
from emoticare.stages.probabilities import FloatArray


def sizes_of(state_dict: dict[str, FloatArray], artifact: ModelArtifact) -> Architecture:
    return Architecture.of(state_dict, artifact.config.n_heads)


def logits_of(state_dict: dict[str, FloatArray], sizes: Architecture) -> FloatArray:
    graph = FloatGraph(state_dict, sizes).build().SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    input_ids = np.random.default_rng(2).integers(5, sizes.vocab_size, (6, 15))
    attention_mask = (np.arange(15) < np.arange(10, 16)[:, None]).astype(np.int64)
    inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
    return np.asarray(session.run(["logits"], inputs)[0])


def test_sizes_are_those_of_the_widest_layer(
    slim_weights: dict[str, FloatArray], slim_artifact: ModelArtifact
) -> None:
    sizes = sizes_of(slim_weights, slim_artifact)
    assert (sizes.hidden_dim, sizes.dim, sizes.n_layers, sizes.head_dim) == (144, 40, 2, 10)


def test_weights_without_layers_are_refused(random_weights: dict[str, FloatArray]) -> None:
    without = {k: v for k, v in random_weights.items() if ".layer." not in k}
    with pytest.raises(ArtifactError, match=r"layer\.0\.ffn\.lin1\.weight' is missing"):
        Architecture.of(without, n_heads=4)


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_zeros_in_place_of_what_was_removed_change_no_logit(
    activation: str,
    random_weights: dict[str, FloatArray],
    slim_weights: dict[str, FloatArray],
    slim_artifact: ModelArtifact,
) -> None:
    sizes = dataclasses.replace(sizes_of(slim_weights, slim_artifact), activation=activation)
    full = unprune(slim_weights, sizes)
    assert {k: v.shape for k, v in full.items()} == {k: v.shape for k, v in random_weights.items()}
    slim_logits, full_logits = logits_of(slim_weights, sizes), logits_of(full, sizes)
    np.testing.assert_allclose(slim_logits, full_logits, atol=1e-5)
    assert np.abs(slim_logits - logits_of(random_weights, sizes)).max() > 0.01


def test_a_model_of_full_size_stays_as_it_is(
    random_weights: dict[str, FloatArray], random_artifact: ModelArtifact
) -> None:
    full = unprune(random_weights, sizes_of(random_weights, random_artifact))
    for name, weight in random_weights.items():
        np.testing.assert_array_equal(full[name], weight)
