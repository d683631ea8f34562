"""Counts by time in bins that grow coarser as they must, and the bins that a chart shows."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.report.intervals import Floats
from emoticare.report.times import Ints

LEVELS: Final = ("m", "h", "D", "M")
"""Minutes, hours, days, months, as numpy calls them."""
_MOST_KEPT: Final = 10_000
_MOST_SHOWN: Final = 150
_FEWEST_SHOWN: Final = 6
_ENOUGH_A_BIN: Final = 20
_STRAYS: Final = 0.005
_STRETCH: Final = 10


@dataclass(frozen=True)
class BinUnit:
    """A length of time that a chart's bins may have.

    Attributes:
        name: In words, to follow "by".
        code: numpy's name of what is counted.
        step: How many of those a bin has.
        level: The coarsest level of counts that can be put into it.
    """

    name: str
    code: str
    step: int
    level: str

    def of(self, moments: "npt.NDArray[np.datetime64]") -> Ints:
        """Return the number of the bin of each moment; weeks begin on Monday."""
        if self.name == "week":
            # 1970-01-01 was a Thursday.
            return np.asarray((moments.astype("M8[D]").astype(np.int64) + 3) // 7)
        return np.asarray(moments.astype(f"M8[{self.code}]").astype(np.int64) // self.step)

    def start(self, bins: Ints) -> "npt.NDArray[np.datetime64]":
        """Return when each bin begins, on the wall clock."""
        if self.name == "week":
            return np.asarray((bins * 7 - 3).astype("M8[D]").astype("M8[s]"))
        return np.asarray((bins * self.step).astype(f"M8[{self.code}]").astype("M8[s]"))


UNITS: Final = (
    BinUnit("minute", "m", 1, "m"),
    BinUnit("five minutes", "m", 5, "m"),
    BinUnit("quarter of an hour", "m", 15, "m"),
    BinUnit("hour", "h", 1, "h"),
    BinUnit("six hours", "h", 6, "h"),
    BinUnit("day", "D", 1, "D"),
    BinUnit("week", "D", 7, "D"),
    BinUnit("month", "M", 1, "M"),
    BinUnit("quarter", "M", 3, "M"),
    BinUnit("year", "Y", 1, "M"),
)


@dataclass(frozen=True)
class TimeSeries:
    """Counts in the bins of a chart, those without texts included.

    Attributes:
        unit: What a bin is.
        starts: When each begins, as datetime64[s] of shape (n_bins,).
        totals: Texts of each bin.
        hits: Texts of each bin by column, of shape (n_bins, n_columns).
        first: The earliest moment counted, no finer than counts are kept.
        last: The latest one.
        n_strays: Texts left out because their times lie far from all others.
    """

    unit: BinUnit
    starts: "npt.NDArray[np.datetime64]"
    totals: Floats
    hits: Floats
    first: "np.datetime64[Any]"
    last: "np.datetime64[Any]"
    n_strays: int

    @property
    def end(self) -> "np.datetime64[Any]":
        """When the last bin ends."""
        after: np.datetime64[Any] = self.unit.start(self.unit.of(self.starts[-1:]) + 1)[0]
        return after


class TimeCounts:
    """Counts texts by time, in memory that does not grow with their number.

    Args:
        n_columns: How many columns of yes and no each text has.
    """

    def __init__(self, n_columns: int) -> None:
        self._level = 0
        self._rows: dict[int, int] = {}
        self._counts = np.zeros((1024, n_columns + 1), np.int64)

    def add(self, seconds: Ints, carried: npt.NDArray[np.bool_]) -> None:
        """Count texts.

        Args:
            seconds: On the wall clock since 1970, of shape (n_texts,).
            carried: Which columns are true for each text, of shape (n_texts, n_columns).
        """
        if not len(seconds):
            return
        ones = np.ones((len(seconds), 1), np.int64)
        self._add(self._keys(seconds.astype("M8[s]")), np.hstack([ones, carried]))
        while len(self._rows) > _MOST_KEPT and self._level < len(LEVELS) - 1:
            self._coarsen()

    def series(self) -> TimeSeries | None:
        """Return the counts in bins fit for a chart; None where there are none."""
        if not self._rows:
            return None
        keys = np.array(sorted(self._rows))
        counts = self._counts[[self._rows[key] for key in keys]]
        moments = keys.astype(f"M8[{LEVELS[self._level]}]").astype("M8[s]")
        kept = _without_strays(moments, counts[:, 0])
        n_strays = int(counts[~kept, 0].sum())
        moments, counts = moments[kept], counts[kept]
        unit = _choose_unit(moments, int(counts[:, 0].sum()), LEVELS[self._level])
        bins = unit.of(moments)
        binned = np.zeros((int(bins[-1] - bins[0]) + 1, counts.shape[1]))
        np.add.at(binned, bins - bins[0], counts)
        starts = unit.start(np.arange(bins[0], bins[-1] + 1))
        return TimeSeries(
            unit, starts, binned[:, 0], binned[:, 1:], moments[0], moments[-1], n_strays
        )

    def _keys(self, moments: "npt.NDArray[np.datetime64]") -> Ints:
        return np.asarray(moments.astype(f"M8[{LEVELS[self._level]}]").astype(np.int64))

    def _add(self, keys: Ints, counts: npt.NDArray[np.int64]) -> None:
        order = np.argsort(keys, kind="stable")
        found, starts = np.unique(keys[order], return_index=True)
        sums = np.add.reduceat(counts[order], starts, axis=0)
        rows = [self._rows.setdefault(int(key), len(self._rows)) for key in found]
        if len(self._rows) > len(self._counts):
            room = np.zeros((2 * len(self._rows), self._counts.shape[1]), np.int64)
            room[: len(self._counts)] = self._counts
            self._counts = room
        self._counts[rows] += sums

    def _coarsen(self) -> None:
        keys = np.array(list(self._rows))
        moments = keys.astype(f"M8[{LEVELS[self._level]}]").astype("M8[s]")
        counts = self._counts[list(self._rows.values())]
        self._level += 1
        self._rows = {}
        self._counts = np.zeros((1024, self._counts.shape[1]), np.int64)
        self._add(self._keys(moments), counts)


def _without_strays(
    moments: "npt.NDArray[np.datetime64]", totals: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Find the bins that are no strays: a clock that was wrong must not squeeze the axis."""
    share = np.cumsum(totals) / totals.sum()
    inner = (share >= _STRAYS) & (np.append(0.0, share[:-1]) <= 1 - _STRAYS)
    first, last = moments[inner][0], moments[inner][-1]
    span = max(last - first, np.timedelta64(3600, "s"))
    if moments[-1] - moments[0] <= _STRETCH * span:
        return np.ones(len(moments), bool)
    return np.asarray((moments >= first - span) & (moments <= last + span))


def _choose_unit(moments: "npt.NDArray[np.datetime64]", n_texts: int, level: str) -> BinUnit:
    """Return the finest bins that are not too many and hold enough texts each."""
    n_bins = {unit: int(np.ptp(unit.of(moments[[0, -1]]))) + 1 for unit in UNITS}
    coarse = [unit for unit in UNITS if LEVELS.index(unit.level) >= LEVELS.index(level)]
    fitting = [unit for unit in coarse if n_bins[unit] <= _MOST_SHOWN] or [UNITS[-1]]
    shown = [unit for unit in fitting if n_bins[unit] >= _FEWEST_SHOWN] or fitting[:1]
    full = [unit for unit in shown if n_texts / n_bins[unit] >= _ENOUGH_A_BIN]
    return full[0] if full else shown[-1]
