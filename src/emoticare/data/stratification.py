"""Cutting multi-label data into parts that each have their share of every label."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_TIE: Final = 1e-9  # shares of whole numbers differ by more, or by rounding alone


def stratified_parts(
    multi_hot: NDArray[np.bool_], fractions: Sequence[float], seed: int
) -> NDArray[np.intp]:
    """Assign every row to a part, the rarest label first.

    Rows without a label fill the parts up at the end.

    Source: Sechidis, Tsoumakas and Vlahavas (2011), On the Stratification of Multi-Label Data,
        algorithm 1 (iterative stratification).

    Args:
        multi_hot: bool of shape (n_rows, n_labels).
        fractions: The share of each part; they sum to 1.
        seed: Rows are taken, and ties are broken, in an order drawn from it.

    Returns:
        The part of each row, from 0 to len(fractions) - 1: integers of shape (n_rows,).
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(multi_hot))
    shuffled = multi_hot[order]
    shares = np.asarray(fractions, dtype=np.float64)
    wanted_rows = shares * len(shuffled)
    wanted_labels = np.outer(shares, shuffled.sum(axis=0))
    parts = np.full(len(shuffled), -1, dtype=np.intp)

    def assign(row: np.intp, wanted: NDArray[np.float64]) -> None:
        part = _neediest(wanted, wanted_rows, rng)
        parts[row] = part
        wanted_rows[part] -= 1
        wanted_labels[part, shuffled[row]] -= 1

    while (counts := shuffled[parts < 0].sum(axis=0)).any():
        rarest = np.where(counts > 0, counts, len(shuffled) + 1).argmin()
        for row in np.flatnonzero(shuffled[:, rarest] & (parts < 0)):
            assign(row, wanted_labels[:, rarest])
    for row in np.flatnonzero(parts < 0):
        assign(row, wanted_rows)

    result = np.empty_like(parts)
    result[order] = parts
    return result


def _neediest(
    wanted: NDArray[np.float64], wanted_rows: NDArray[np.float64], rng: np.random.Generator
) -> np.intp:
    """Pick the part that wants the label most; ties go to the emptier part, then to chance."""
    tied = np.flatnonzero(wanted > wanted.max() - _TIE)
    tied = tied[wanted_rows[tied] > wanted_rows[tied].max() - _TIE]
    chosen: np.intp = rng.choice(tied)
    return chosen
