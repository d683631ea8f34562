import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoticare.stages.probabilities import sigmoid

logits = arrays(np.float32, st.integers(1, 20), elements=st.floats(-88, 88, width=32))


@given(logits)
def test_sigmoid_is_the_textbook_formula(values):
    expected = 1 / (1 + np.exp(-values.astype(np.float64)))
    probabilities = sigmoid(values)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == values.shape
    np.testing.assert_allclose(probabilities, expected, atol=2e-7)


def test_sigmoid_of_extremes_overflows_nowhere():
    extremes = np.array([[-np.inf, -1e30, 0, 1e30, np.inf]], np.float32)
    assert sigmoid(extremes).tolist() == [[0, 0, 0.5, 1, 1]]


@given(logits)
def test_sigmoid_rises(values):
    assert (np.diff(sigmoid(np.sort(values))) >= 0).all()
