"""Intervals of shares, of counts as they are and of counts smoothed over time."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_Z: Final = 1.959963984540054
"""Of an interval that covers 95%."""
_BINS_A_BANDWIDTH: Final = 40
_REACH: Final = 3.0
"""Bandwidths beyond which a text no longer counts."""
_FEWEST_EFFECTIVE: Final = 10
"""Texts below which a smoothed share says nothing."""


def wilson_interval(hits: npt.ArrayLike, totals: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return lower and upper ends of 95% intervals of shares, NaN where nothing was counted.

    Args:
        hits: How many texts carry an emotion; need not be whole.
        totals: Of how many, of a shape that fits.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    k, n = np.broadcast_arrays(np.asarray(hits, float), np.asarray(totals, float))
    n = np.where(n > 0, n, np.nan)
    share = k / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    spread = share * (1 - share) / n + _Z**2 / (4 * n**2)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(np.maximum(spread, 0))
    return np.clip(centre - half, 0, share), np.clip(centre + half, share, 1)


def smoothed_shares(hits: Floats, totals: Floats) -> tuple[Floats, Floats, Floats]:
    """Smooth shares over time: every text weighs by its distance, whatever bin it lies in.

    A Gaussian kernel with a bandwidth of a 40th of the bins, at least one bin. The interval is
    Wilson's for the effective number of texts, (sum of weights)² / sum of squared weights. Bins
    without texts are bridged where they are no more than a bandwidth; longer gaps stay gaps.

    Args:
        hits: Texts that carry an emotion, of shape (n_bins, n_columns).
        totals: Texts of each bin, of shape (n_bins,).

    Returns:
        Shares and the ends of their 95% intervals, each like `hits`; NaN in gaps, and where
        fewer than ten texts bear on a bin.

    Source: Kish (1965), Survey Sampling, for the effective number.
    """
    n_bins = len(totals)
    bandwidth = max(1.0, n_bins / _BINS_A_BANDWIDTH)
    distance = (np.arange(n_bins)[:, None] - np.arange(n_bins)[None, :]) / bandwidth
    weights = np.where(np.abs(distance) <= _REACH, np.exp(-0.5 * distance**2), 0.0)
    weight = weights @ totals
    squared = weights**2 @ totals
    effective = np.divide(weight**2, squared, out=np.zeros(n_bins), where=squared > 0)
    known = (effective >= _FEWEST_EFFECTIVE) & ~_in_gaps(totals, bandwidth)
    weight, effective = np.where(known, weight, np.nan), np.where(known, effective, np.nan)
    shares = (weights @ hits) / weight[:, None]
    low, high = wilson_interval(shares * effective[:, None], effective[:, None])
    return shares, low, high


def _in_gaps(totals: Floats, longest: float) -> npt.NDArray[np.bool_]:
    """Find the bins of stretches without texts that are longer than `longest`."""
    filled = np.flatnonzero(totals > 0)
    edges = np.concatenate([[-1], filled, [len(totals)]])
    after = np.searchsorted(edges, np.arange(len(totals)))
    lengths = edges[after] - edges[np.maximum(after - 1, 0)] - 1
    return np.asarray((totals == 0) & (lengths > longest))
