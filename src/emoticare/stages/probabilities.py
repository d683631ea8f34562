"""Logits -> calibrated probabilities.

The calibration is folded into the weights of the classifier, so a plain sigmoid is all there is.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def sigmoid(logits: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-logits)) without overflow, float32 of the same shape."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), np.float32)
