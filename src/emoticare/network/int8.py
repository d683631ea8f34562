"""Weights as 8-bit integers with float scales, one a row and symmetric: `scale * q`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.network.weights import FloatArray

_LARGEST = np.float32(127)


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
    scales = (np.abs(matrix).max(axis=1) / _LARGEST).astype(np.float32)
    # A row of zeros keeps scale 0; dividing by 1 instead gives its integers the value 0.
    divisors = np.where(scales > 0, scales, np.float32(1))
    return QuantizedMatrix(np.rint(matrix / divisors[:, None]).astype(np.int8), scales)
