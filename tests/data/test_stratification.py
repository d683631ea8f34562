import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoticare.data.stratification import stratified_parts

FRACTIONS = (0.8, 0.1, 0.1)


def test_each_part_has_its_share_of_each_label() -> None:
    rng = np.random.default_rng(3)
    multi_hot = rng.random((1000, 4)) < np.array([0.5, 0.2, 0.05, 0.01])
    parts = stratified_parts(multi_hot, FRACTIONS, seed=1)
    for part, fraction in enumerate(FRACTIONS):
        found = multi_hot[parts == part].sum(axis=0)
        np.testing.assert_allclose(found, fraction * multi_hot.sum(axis=0), atol=2)
        assert abs((parts == part).sum() - fraction * 1000) < 20


def test_the_seed_decides() -> None:
    multi_hot = np.eye(3, dtype=np.bool_)[np.arange(60) % 3]
    first = stratified_parts(multi_hot, FRACTIONS, seed=1)
    assert (first == stratified_parts(multi_hot, FRACTIONS, seed=1)).all()
    assert (first != stratified_parts(multi_hot, FRACTIONS, seed=2)).any()


def test_a_label_on_two_rows_is_trained_on() -> None:
    multi_hot = np.zeros((50, 2), dtype=np.bool_)
    multi_hot[:, 0] = True
    multi_hot[[7, 30], 1] = True
    parts = stratified_parts(multi_hot, FRACTIONS, seed=0)
    assert 0 in parts[[7, 30]]


@given(
    multi_hot=arrays(np.bool_, st.tuples(st.integers(0, 30), st.integers(1, 4))),
    seed=st.integers(0, 9),
)
def test_every_row_gets_one_part(multi_hot: np.ndarray, seed: int) -> None:
    parts = stratified_parts(multi_hot, FRACTIONS, seed)
    assert parts.shape == (len(multi_hot),)
    assert set(parts.tolist()) <= {0, 1, 2}
