"""Weights as 8-bit integers with float scales, one a row and symmetric: `scale * q`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.network.weights import FloatArray

_LARGEST = 127
# x86 processors without VNNI add up neighbouring products of 8 bits in 16: 255 * 128 still fits.
_LARGEST_PAIR = 128
# Scales of 16 significant bits: multiplied by integers of 8 bits they are still exact in float32,
# so that what was dequantized is quantized to the same integers and scales again.
_DROPPED_BITS = np.int32(0xFF)


@dataclass(frozen=True)
class QuantizedMatrix:
    """A matrix in 8 bits.

    Attributes:
        values: int8 of shape (rows, columns), from -127 to 127.
        scales: float32 of shape (rows,).
    """

    values: npt.NDArray[np.int8]
    scales: FloatArray

    def dequantize(self) -> FloatArray:
        """Return the matrix, float32 of shape (rows, columns)."""
        return np.asarray(self.values.astype(np.float32) * self.scales[:, None], np.float32)


def quantize(matrix: FloatArray) -> QuantizedMatrix:
    """Quantize each row with a scale of its own.

    Args:
        matrix: float32 of shape (rows, columns).
    """
    return _divided(matrix, np.abs(matrix).max(axis=1) / np.float32(_LARGEST))


def quantize_weights(weights: FloatArray) -> QuantizedMatrix:
    """Quantize what unsigned 8-bit activations are multiplied by, so that no sum overflows.

    Two neighbours, columns 0 and 1, 2 and 3 and so on, are at most 128 together, on either side
    of zero. Their products then fit the 16 bits that processors without VNNI have for them
    (`vpmaddubsw`), and every processor gives the same sums. It costs a fifth of a bit; weights of
    7 bits, the usual remedy (`reduce_range`), cost a whole one.

    Args:
        weights: float32 of shape (outputs, inputs).
    """
    even = np.pad(weights.astype(np.float64), ((0, 0), (0, weights.shape[1] % 2)))
    sums = even[:, 0::2] + even[:, 1::2]
    largest_pair = np.abs(sums).max(axis=1) / _LARGEST_PAIR
    largest = np.abs(weights).max(axis=1).astype(np.float64) / _LARGEST
    quantized = _divided(weights, np.maximum(largest, largest_pair))
    # Numbers half-way between two integers could make the largest pair 127, and the scale another
    # one when it is quantized again.
    rows = np.flatnonzero(largest_pair > largest)
    first = 2 * np.abs(sums[rows]).argmax(axis=1)
    whole = _LARGEST_PAIR * np.sign(sums[rows, first // 2])
    quantized.values[rows, first + 1] = whole - quantized.values[rows, first]
    return quantized


def _divided(matrix: FloatArray, scales: npt.NDArray[np.floating]) -> QuantizedMatrix:
    scales = _with_16_bits(scales.astype(np.float32))
    # A row of zeros keeps scale 0; dividing by 1 instead gives its integers the value 0.
    divisors = np.where(scales > 0, scales, np.float32(1))
    return QuantizedMatrix(np.rint(matrix / divisors[:, None]).astype(np.int8), scales)


def _with_16_bits(scales: FloatArray) -> FloatArray:
    """Round up to 16 significant bits."""
    return ((scales.view(np.int32) + _DROPPED_BITS) & ~_DROPPED_BITS).view(np.float32)
