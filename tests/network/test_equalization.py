import dataclasses

import numpy as np
import onnxruntime
import pytest

from emoticare.labels import LABELS
from emoticare.network.equalization import equalize, smooth
from emoticare.network.float_graph import FloatGraph
from emoticare.network.int8_graph import Int8Graph
from emoticare.network.observers import ActivationRange, ChannelRanges, measure_ranges
from emoticare.network.weights import Architecture, StateDict

# Special tokens, labels and five words: those of the random weights.
N_TOKENS = 5 + len(LABELS) + 5
SIZES = Architecture(N_TOKENS, 24, 40, 144, 2, 4, len(LABELS))

IDS = np.random.default_rng(1).integers(5, SIZES.vocab_size, (8, 12))
BATCH = (IDS, np.ones_like(IDS))


def float_logits(weights: StateDict, sizes: Architecture = SIZES) -> np.ndarray:
    return run(FloatGraph(weights, sizes).build().SerializeToString())


def run(graph: bytes) -> np.ndarray:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"input_ids": BATCH[0], "attention_mask": BATCH[1]})[0]


def test_no_logit_changes(random_weights):
    ranges = measure_ranges(random_weights, SIZES, [BATCH])
    equalized = equalize(random_weights, SIZES, ranges)
    np.testing.assert_allclose(
        float_logits(equalized), float_logits(random_weights), atol=1e-4, rtol=1e-4
    )
    assert equalized.keys() == random_weights.keys()


def test_what_attention_hands_on_is_made_alike(random_weights):
    """A channel is widened to the widest, but to ten times the mean's part at most."""
    highest = np.full(SIZES.dim, 4, np.float32)
    lowest = np.zeros(SIZES.dim, np.float32)
    highest[1], lowest[1] = 1, -2
    highest[2] = 0.001
    layer = "distilbert.transformer.layer.1.attention"
    ranges = measure_ranges(random_weights, SIZES, [BATCH])
    ranges[f"{layer}.out_lin"] = ChannelRanges(lowest, highest)
    equalized = equalize(random_weights, SIZES, ranges)
    part = np.ones(SIZES.dim)
    part[1] = 0.5
    part[2] = 0.1 * (SIZES.dim - 2 + 0.5 + 0.00025) / SIZES.dim
    for name, factor in (("v_lin", 1 / part[:, None]), ("out_lin", part)):
        before = random_weights[f"{layer}.{name}.weight"]
        np.testing.assert_allclose(equalized[f"{layer}.{name}.weight"], before * factor, rtol=1e-5)


def test_scales_follow_activations_more_than_weights(random_weights):
    """With powers of 0.8 and -0.2, to the nearest power of two and at most 2 ** 8."""
    lowest, highest = np.zeros(SIZES.dim, np.float32), np.ones(SIZES.dim, np.float32)
    columns, expected = np.ones(SIZES.dim, np.float32), np.ones(SIZES.dim)
    highest[1], expected[1] = 2**5, 2**4
    highest[2], expected[2] = 2**-5, 2**-4
    lowest[3], expected[3] = -(2**5), 2**4
    columns[4], expected[4] = -(2**5), 2**-1
    highest[5], expected[5] = 2**40, 2**8
    highest[6], expected[6] = 2**-40, 2**-8
    name = "distilbert.transformer.layer.0.ffn.lin1"
    weights = {**random_weights, f"{name}.weight": np.tile(columns, (SIZES.hidden_dim, 1))}
    ranges = measure_ranges(random_weights, SIZES, [BATCH])
    smoothed = smooth(weights, SIZES, {**ranges, name: ChannelRanges(lowest, highest)})
    np.testing.assert_array_equal(smoothed[name].channel_scales, expected)


def test_norms_have_no_bias_left_and_graphs_do_not_add_it(random_weights):
    ranges = measure_ranges(random_weights, SIZES, [BATCH])
    equalized = equalize(random_weights, SIZES, ranges)
    biases = [name for name in equalized if name.lower().endswith("norm.bias")]
    assert len(biases) == 1 + 2 * SIZES.n_layers
    assert not any(equalized[name].any() for name in biases)
    smoothed = smooth(equalized, SIZES, measure_ranges(equalized, SIZES, [BATCH]))
    graph = Int8Graph(equalized, SIZES, smoothed).build().graph
    assert not {tensor.name for tensor in graph.initializer} & set(biases)


def test_a_model_that_attends_to_nothing_stays_as_it_is(random_weights):
    silent = {
        name: np.zeros_like(weight) if ".v_lin." in name else weight
        for name, weight in random_weights.items()
    }
    equalized = equalize(silent, SIZES, measure_ranges(silent, SIZES, [BATCH]))
    assert all(np.isfinite(weight).all() for weight in equalized.values())


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_the_int8_graph_is_close_to_the_float_graph(random_weights, activation):
    sizes = dataclasses.replace(SIZES, activation=activation)
    measured = measure_ranges(random_weights, sizes, [BATCH])
    ranges = {name: channels.per_tensor for name, channels in measured.items()}
    exact = float_logits(random_weights, sizes)
    found = run(Int8Graph(random_weights, sizes, ranges).build().SerializeToString())
    assert found.shape == exact.shape
    assert np.abs(found - exact).mean() < 0.05 * exact.std()


def test_a_few_wide_channels_leave_the_others_fine_steps(random_weights):
    weights, wide = dict(random_weights), [3, 17, 30]
    prefix = "distilbert.transformer.layer.0"
    # As in trained models, they matter no more than the others.
    gains = np.where(np.isin(np.arange(SIZES.dim), wide), 40, 1).astype(np.float32)
    weights[f"{prefix}.sa_layer_norm.weight"] = gains
    weights[f"{prefix}.ffn.lin1.weight"] = random_weights[f"{prefix}.ffn.lin1.weight"] / gains
    channels = measure_ranges(weights, SIZES, [BATCH])
    name = f"{prefix}.ffn.lin1"
    smoothed = smooth(weights, SIZES, channels)[name]
    steps = smoothed.scale * smoothed.channel_scales
    others = np.setdiff1d(np.arange(SIZES.dim), wide)
    assert steps[others].max() < channels[name].per_tensor.scale / 8
    widest = np.maximum(-channels[name].lowest, channels[name].highest)
    assert (widest <= 255 * steps).all()


def test_channel_scales_are_powers_of_two_where_hidden_states_are_read(random_weights):
    smoothed = smooth(random_weights, SIZES, measure_ranges(random_weights, SIZES, [BATCH]))
    scaled = {name for name, known in smoothed.items() if known.channel_scales is not None}
    assert scaled == {
        f"distilbert.transformer.layer.{layer}.{part}"
        for layer in range(SIZES.n_layers)
        for part in ("attention.k_lin", "ffn.lin1")
    }
    for name in scaled:
        exponents = np.log2(smoothed[name].channel_scales)
        assert (exponents == np.rint(exponents)).all()


def test_channels_and_columns_of_zeros_have_scales_too(random_weights):
    weights = {**random_weights}
    for name in ("weight", "bias"):
        part = f"distilbert.transformer.layer.0.sa_layer_norm.{name}"
        weights[part] = np.where(np.arange(SIZES.dim) < 5, 0, weights[part]).astype(np.float32)
    inner = "distilbert.transformer.layer.0.ffn.lin1.weight"
    weights[inner] = np.where(np.arange(SIZES.dim) > 30, 0, weights[inner]).astype(np.float32)
    ranges = smooth(weights, SIZES, measure_ranges(weights, SIZES, [BATCH]))
    found = run(Int8Graph(weights, SIZES, ranges).build().SerializeToString())
    exact = float_logits(weights)
    assert np.abs(found - exact).mean() < 0.05 * exact.std()


@pytest.mark.parametrize(("lowest", "highest"), [(-1.0, 3.0), (0.0, 2.0), (-2.0, 0.0), (0.0, 0.0)])
def test_a_range_holds_zero_exactly(lowest, highest):
    known = ActivationRange(lowest, highest)
    assert known.scale > 0
    steps = np.array([lowest, 0.0, highest]) / known.scale + float(known.zero_point)
    assert (np.abs(steps - np.clip(np.rint(steps), 0, 255)) <= 0.51).all()
    again = ActivationRange.of_steps(float(known.scale), int(known.zero_point))
    assert again.zero_point == known.zero_point
    assert again.scale == pytest.approx(known.scale)


def test_padding_is_not_watched(random_weights):
    ids, mask = BATCH
    padded = np.pad(ids, ((0, 0), (0, 5)))
    padded_mask = np.pad(mask, ((0, 0), (0, 5)))
    alone = measure_ranges(random_weights, SIZES, [BATCH])
    beside = measure_ranges(random_weights, SIZES, [(padded, padded_mask)])
    assert alone.keys() == beside.keys()
    for name in alone:
        np.testing.assert_allclose(alone[name].lowest, beside[name].lowest, atol=1e-4)
