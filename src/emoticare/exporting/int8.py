"""Weights as 8-bit integers with float scales.

Both kinds are symmetric: a weight is `scale * (q - 128)` with q from 1 to 255.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.exporting.weights import FloatArray

ZERO_POINT = 128
BLOCK_SIZE = 128


@dataclass(frozen=True)
class QuantizedMatrix:
    """A matrix in 8 bits.

    Attributes:
        values: uint8 of shape (rows, n_blocks, block_size); the last block is padded with zeros.
        scales: float32 of shape (rows, n_blocks).
        columns: Columns of the matrix without the padding.
    """

    values: npt.NDArray[np.uint8]
    scales: FloatArray
    columns: int

    def dequantize(self) -> FloatArray:
        """Returns the matrix, float32 of shape (rows, columns)."""
        centred = self.values.astype(np.float32) - np.float32(ZERO_POINT)
        matrix = (centred * self.scales[:, :, None]).reshape(len(self.values), -1)
        return np.ascontiguousarray(matrix[:, : self.columns])


def quantize(matrix: FloatArray, block_size: int) -> QuantizedMatrix:
    """Quantizes each run of `block_size` columns of a row with a scale of its own.

    Args:
        matrix: float32 of shape (rows, columns).
        block_size: Columns that share a scale.
    """
    rows, columns = matrix.shape
    n_blocks = -(-columns // block_size)
    padded = np.zeros((rows, n_blocks * block_size), np.float32)
    padded[:, :columns] = matrix
    blocks = padded.reshape(rows, n_blocks, block_size)
    scales = (np.abs(blocks).max(axis=2) / np.float32(127)).astype(np.float32)
    # A block of zeros keeps scale 0; dividing by 1 instead gives its integers the value 0.
    divisors = np.where(scales > 0, scales, np.float32(1))
    rounded = np.rint(blocks / divisors[:, :, None])
    return QuantizedMatrix((rounded + ZERO_POINT).astype(np.uint8), scales, columns)
