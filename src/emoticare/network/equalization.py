"""The same network with activations that suit 8 bits better.

Where one scale has to serve all channels of a tensor, they had better be alike. What follows
changes no logit:

- The bias of a LayerNorm is added to the biases of whatever reads it instead, the residual sum
  among it, so that nothing has to be added to the norm's outputs.
- What attention hands on is scaled, channel by channel ("SmoothQuant", Xiao et al. 2023): rows of
  the value projection are divided by what columns of the output projection are multiplied by.
- Hidden states, whose few channels far wider than the rest a residual sum needs as they are, are
  scaled where they are quantized: `smooth`.
"""

from collections.abc import Mapping

import numpy as np

from emoticare.network.observers import ActivationRange, ChannelRanges
from emoticare.network.weights import Architecture, FloatArray, StateDict

# A channel that hardly moves is not blown up beyond this.
_SMALLEST_SHARE = 0.1
# How far the activations are made alike, at the cost of the weights: the best of 0.3 to 1 on dev.
_SMOOTHING = 0.8
_MOST_DOUBLINGS = 8


def equalize(
    state_dict: StateDict, architecture: Architecture, ranges: Mapping[str, ChannelRanges]
) -> dict[str, FloatArray]:
    """Return weights of the same network whose activations lose less in 8 bits.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
        ranges: Of the input of each linear layer, by its name; see `measure_ranges`.
    """
    weights = dict(state_dict)
    norm = "distilbert.embeddings.LayerNorm"
    for index in range(architecture.n_layers):
        layer = f"distilbert.transformer.layer.{index}"
        attention, inner = f"{layer}.attention", f"{layer}.ffn.lin1"
        _scale(weights, f"{attention}.v_lin", f"{attention}.out_lin", ranges)
        projections = [f"{attention}.{part}_lin" for part in "qkv"]
        _move_bias(weights, norm, projections, residual=f"{attention}.out_lin")
        _move_bias(weights, f"{layer}.sa_layer_norm", [inner], residual=f"{layer}.ffn.lin2")
        norm = f"{layer}.output_layer_norm"
    _move_bias(weights, norm, ["pre_classifier"])
    return weights


def smooth(
    state_dict: StateDict, architecture: Architecture, ranges: Mapping[str, ChannelRanges]
) -> dict[str, ActivationRange]:
    """Return the range of each input, with scales for the channels of hidden states.

    A scale is `max |activation| ** 0.8 / max |weight| ** 0.2` of its channel (equation 4 of
    "SmoothQuant"), as a power of two, by which nothing is rounded.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
        ranges: Of the input of each linear layer, by its name; see `measure_ranges`.
    """
    smoothed = {name: channels.per_tensor for name, channels in ranges.items()}
    for index in range(architecture.n_layers):
        layer = f"distilbert.transformer.layer.{index}"
        projections = [f"{layer}.attention.{part}_lin" for part in "kqv"]
        for consumers in (projections, [f"{layer}.ffn.lin1"]):
            channels = ranges[consumers[0]]
            weights = np.concatenate([state_dict[f"{name}.weight"] for name in consumers])
            smoothed[consumers[0]] = channels.scaled(_channel_scales(channels, weights))
    return smoothed


def _channel_scales(channels: ChannelRanges, weights: FloatArray) -> FloatArray:
    """Scales whose median is about 1; weights have a column for each channel."""
    activations = np.maximum(np.abs(channels.lowest), np.abs(channels.highest))
    tiny = np.finfo(np.float32).tiny
    exponents = _SMOOTHING * np.log2(np.maximum(activations, tiny))
    exponents -= (1 - _SMOOTHING) * np.log2(np.maximum(np.abs(weights).max(axis=0), tiny))
    # A channel or column of zeros may have any scale.
    exponents = np.clip(exponents - np.median(exponents), -_MOST_DOUBLINGS, _MOST_DOUBLINGS)
    return np.exp2(np.rint(exponents)).astype(np.float32)


def _move_bias(
    weights: dict[str, FloatArray], norm: str, consumers: list[str], residual: str | None = None
) -> None:
    bias = weights[f"{norm}.bias"]
    weights[f"{norm}.bias"] = np.zeros_like(bias)
    for consumer in consumers:
        correction = weights[f"{consumer}.weight"] @ bias
        weights[f"{consumer}.bias"] = weights[f"{consumer}.bias"] + correction
    if residual is not None:
        # What this layer writes is added to the norm's outputs.
        weights[f"{residual}.bias"] = weights[f"{residual}.bias"] + bias


def _scale(
    weights: dict[str, FloatArray],
    producer: str,
    consumer: str,
    ranges: Mapping[str, ChannelRanges],
) -> None:
    largest = np.maximum(np.abs(ranges[consumer].lowest), np.abs(ranges[consumer].highest))
    if not largest.any():
        return
    share = np.maximum(largest / largest.max(), _SMALLEST_SHARE * (largest / largest.max()).mean())
    weights[f"{producer}.weight"] = weights[f"{producer}.weight"] / share[:, None]
    weights[f"{producer}.bias"] = weights[f"{producer}.bias"] / share
    weights[f"{consumer}.weight"] = weights[f"{consumer}.weight"] * share
