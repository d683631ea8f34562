"""When the share of an emotion changed and stayed changed.

Counts are cut into stretches of one share each such that the binomial likelihood, less a price
for every cut, is greatest: optimal partitioning. The price grows with the number of bins and of
emotions, so that a report of pure chance shows none, and with the overdispersion of the counts, so
that restless days are no change.

Source: Jackson et al. (2005), An algorithm for optimal partitioning of data on an interval;
Killick et al. (2012), Optimal detection of changepoints, for the likelihood cost.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.report.intervals import Floats

FEWEST_BINS: Final = 8
"""Bins with texts below which no change is sought."""
_SHORTEST: Final = 3
_MEDIAN_OF_CHI_SQUARED: Final = 0.4549
_PRICE: Final = 6.0
"""Chosen on simulated counts without any change; tests/reporting says how often it then errs."""


@dataclass(frozen=True)
class ChangePoint:
    """A lasting change.

    Attributes:
        bin: Number of the first bin after it.
        start: The first bin of the stretch before it.
        stop: One past the last bin of the stretch after it.
        evidence: How much the likelihood gains, in units of the price of a cut; above 1.
    """

    bin: int
    start: int
    stop: int
    evidence: float


def find_change_points(hits: Floats, totals: Floats, n_emotions: int) -> list[ChangePoint]:
    """Find the lasting changes of one emotion's share.

    Args:
        hits: Texts that carry it, of shape (n_bins,).
        totals: Texts of each bin, of the same shape.
        n_emotions: How many emotions are searched, which raises the price of a cut.

    Returns:
        Changes in order of time; none where there are fewer than eight bins with texts.
    """
    filled = np.flatnonzero(totals > 0)
    if len(filled) < FEWEST_BINS:
        return []
    k, n = hits[filled], totals[filled]
    price = _dispersion(k, n) * (2 * np.log(len(filled)) + 2 * np.log(n_emotions) + _PRICE)
    sums = _CountSums(k, n)
    cuts = [0, *_best_cuts(sums, price), len(filled)]
    return [
        ChangePoint(
            bin=int(filled[cut]),
            start=int(filled[before]),
            stop=int(filled[after - 1]) + 1,
            evidence=float(
                (sums.cost(before, after) - sums.cost(before, cut) - sums.cost(cut, after)) / price
            ),
        )
        for before, cut, after in zip(cuts, cuts[1:], cuts[2:], strict=False)
    ]


class _CountSums:
    """Sums over stretches of bins."""

    def __init__(self, hits: Floats, totals: Floats) -> None:
        self._hits = np.concatenate([[0.0], np.cumsum(hits)])
        self._totals = np.concatenate([[0.0], np.cumsum(totals)])
        self.n_bins = len(hits)

    def cost(self, start: npt.ArrayLike, stop: int) -> Floats:
        """Twice the negative log-likelihood of one share for each stretch start:stop."""
        start = np.asarray(start, int)
        n = self._totals[stop] - self._totals[start]
        k = self._hits[stop] - self._hits[start]
        log_likelihood = _x_log_y(k, k / n) + _x_log_y(n - k, 1 - k / n)
        return np.asarray(-2 * log_likelihood)


def _best_cuts(sums: _CountSums, price: float) -> list[int]:
    """Return the cuts of the cheapest partition, by dynamic programming over its last part."""
    n_bins = sums.n_bins
    best = np.full(n_bins + 1, np.inf)
    best[0] = -price
    last_cut = np.zeros(n_bins + 1, int)
    for stop in range(_SHORTEST, n_bins + 1):
        starts = np.arange(0, stop - _SHORTEST + 1)
        costs = best[starts] + sums.cost(starts, stop) + price
        last_cut[stop] = starts[costs.argmin()]
        best[stop] = costs.min()
    cuts = []
    stop = int(last_cut[n_bins])
    while stop > 0:
        cuts.append(stop)
        stop = int(last_cut[stop])
    return cuts[::-1]


def _dispersion(hits: Floats, totals: Floats) -> float:
    """Return how much more neighbouring shares differ than chance has it, at least 1.

    From differences of neighbours, which a few changes hardly touch.
    """
    share = hits.sum() / totals.sum()
    expected = share * (1 - share) * (1 / totals[1:] + 1 / totals[:-1])
    if not (expected > 0).all():
        return 1.0
    squares = np.diff(hits / totals) ** 2 / expected
    return max(1.0, float(np.median(squares)) / _MEDIAN_OF_CHI_SQUARED)


def _x_log_y(x: Floats, y: Floats) -> Floats:
    return np.asarray(x * np.log(np.where(x > 0, y, 1.0)))
