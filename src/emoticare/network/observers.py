"""How large the inputs of the linear layers become, measured on texts.

Static quantization needs to know: scales that are fixed beforehand make a text's score independent
of the texts beside it, and leave nothing to work out at run time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.network.float_graph import FloatGraph
from emoticare.network.weights import Architecture, FloatArray, StateDict

IntArray = npt.NDArray[np.int64]

_STEPS = 255


@dataclass(frozen=True, eq=False)
class ActivationRange:
    """The range of a tensor, and the 8-bit numbers that cover it.

    A value is `channel_scale * scale * (q - zero_point)` with q from 0 to 255; values beyond the
    range are clipped.

    Attributes:
        lowest: At most 0, so that 0 is represented exactly. Like `highest` of values that have been
            divided by the scales of their channels.
        highest: At least 0.
        channel_scales: float32 of shape (n_channels,), powers of two; None for all 1.
    """

    lowest: float
    highest: float
    channel_scales: FloatArray | None = None

    @classmethod
    def of_steps(
        cls, scale: float, zero_point: int, channel_scales: FloatArray | None = None
    ) -> "ActivationRange":
        """Return the range that all 256 numbers cover."""
        return cls(-scale * zero_point, scale * (_STEPS - zero_point), channel_scales)

    @property
    def scale(self) -> np.float32:
        """The step from one number to the next; above 0."""
        return np.float32(max(self.highest - self.lowest, 1e-6) / _STEPS)

    @property
    def zero_point(self) -> np.uint8:
        """The number that stands for 0."""
        return np.uint8(np.clip(np.rint(-self.lowest / self.scale), 0, _STEPS))


@dataclass(frozen=True, eq=False)
class ChannelRanges:
    """The range of each channel of a tensor.

    Attributes:
        lowest: float32 of shape (n_channels,).
        highest: Same shape.
    """

    lowest: FloatArray
    highest: FloatArray

    @property
    def per_tensor(self) -> ActivationRange:
        """The range of all channels together."""
        return ActivationRange(
            min(0.0, float(self.lowest.min())), max(0.0, float(self.highest.max()))
        )

    def scaled(self, channel_scales: FloatArray) -> ActivationRange:
        """Return the range of all channels together, each of which has a scale of its own."""
        together = ChannelRanges(
            self.lowest / channel_scales, self.highest / channel_scales
        ).per_tensor
        return ActivationRange(together.lowest, together.highest, channel_scales)

    def merge(self, values: FloatArray) -> "ChannelRanges":
        """Return the smallest ranges that also hold values of shape (n, n_channels)."""
        return ChannelRanges(
            np.minimum(self.lowest, values.min(axis=0)),
            np.maximum(self.highest, values.max(axis=0)),
        )


def measure_ranges(
    state_dict: StateDict,
    architecture: Architecture,
    batches: Iterable[tuple[IntArray, IntArray]],
) -> dict[str, ChannelRanges]:
    """Run texts through the float graph and watch the input of every linear layer.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
        batches: `input_ids` and `attention_mask` of each batch; padding is not observed.

    Returns:
        The smallest ranges that hold all values, by the name of the layer.
    """
    import onnxruntime

    graph = _ObserverGraph(state_dict, architecture)
    session = onnxruntime.InferenceSession(
        graph.build().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = list(graph.observed)
    ranges: dict[str, ChannelRanges] = {}
    for input_ids, attention_mask in batches:
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        outputs = session.run([graph.observed[name] for name in names], inputs)
        for name, values in zip(names, outputs, strict=True):
            seen = _of_tokens(values, attention_mask)
            known = ranges.get(name, ChannelRanges(seen[0], seen[0]))
            ranges[name] = known.merge(seen)
    return ranges


class _ObserverGraph(FloatGraph):
    """The float graph with the input of every linear layer as a further output."""

    def __init__(self, state_dict: StateDict, architecture: Architecture) -> None:
        super().__init__(state_dict, architecture)
        self.observed: dict[str, str] = {}

    def linear(self, hidden: str, name: str) -> str:
        self.observed[name] = hidden
        return super().linear(hidden, name)

    def outputs(self) -> list[str]:
        return [*super().outputs(), *dict.fromkeys(self.observed.values())]


def _of_tokens(values: FloatArray, attention_mask: IntArray) -> FloatArray:
    """Rows of real tokens, shape (n, dim), of values of shape (batch, tokens, dim) or (batch, dim).

    The latter are those of first tokens, which are never padding.
    """
    if values.ndim == 2:  # noqa: PLR2004
        return values
    return np.asarray(values[attention_mask[:, : values.shape[1]].astype(bool)], np.float32)
