"""Counts by group and by time, of which a page's script makes the figures of any choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.report.calendar_bins import LEVELS, TimeSeries
from emoticare.report.times import Ints

NO_TIME: Final = -(2**40)
"""Stands for the seconds of a text without a time."""
NONE: Final = -1
"""Code of no group, or of one that cannot be chosen; number of no bin."""
_MOST_MOMENTS: Final = 2_500
"""At any level, a chart's bins hold fewer: 150 quarters of an hour are 2,250 minutes."""
_MOST_CELLS: Final = 41_000
_FEWEST_GROUPS: Final = 15
"""Groups that are told apart whatever happens: as many as a report shows."""
_MOST_PAIRS: Final = 60
_NO_MOMENT: Final = -(2**30)
_MOMENTS: Final = 2**31
"""How many numbers of moments there are, from `_NO_MOMENT` on."""


@dataclass(frozen=True)
class Cells:
    """What a page holds of the texts: counts, never rows.

    There are as many groups as a report shows and one of all others, as many bins as a course has
    and one of texts without a time: a page's size does not grow with the number of texts.

    Attributes:
        groups: Those that can be chosen.
        pairs: The two labels, by number, of each pair that is counted: the most frequent ones.
        group: Of each cell, the number of its group; -1 for all others.
        bin: Of each cell, the number of its bin in the course; -1 for texts without a time.
        counts: Of shape (n_cells, 2 + n_columns + n_pairs): texts, texts without any emotion, texts
            by column, texts by pair.
    """

    groups: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    group: Ints
    bin: Ints
    counts: npt.NDArray[np.int64]


class CellCounts:
    """Counts texts by group and time, in memory that does not grow with their number.

    Where there are too many moments, they are told apart less finely; where there are then too many
    cells, the smallest groups become one.

    Args:
        n_labels: How many labels a text may carry; the first columns of what is counted.
        n_columns: How many columns there are.
    """

    def __init__(self, n_labels: int, n_columns: int) -> None:
        self._pairs = np.array(list(combinations(range(n_labels), 2)), np.int64).reshape(-1, 2)
        self._n_labels = n_labels
        self._n_plain = 2 + n_columns
        self._level = 0
        self._folded: set[int] = set()
        self._rows: dict[int, int] = {}
        self._counts = self._empty(256)

    def add(self, groups: Ints, seconds: Ints, carried: npt.NDArray[np.bool_]) -> None:
        """Count texts.

        Args:
            groups: Code of each text's group, from zero on; `NONE` for none.
            seconds: On the wall clock since 1970; `NO_TIME` for none.
            carried: Which columns are true for each text, of shape (n_texts, n_columns).
        """
        if not len(groups):
            return
        on = carried[:, : self._n_labels]
        plain = np.column_stack([np.ones(len(on), bool), ~on.any(axis=1), carried])
        keys = self._keys(groups, seconds)
        order = np.argsort(keys, kind="stable")
        found, starts = np.unique(keys[order], return_index=True)
        rows = self._rows_of(found)
        sums = np.add.reduceat(plain[order].astype(np.int32), starts, axis=0)
        self._counts[rows, : self._n_plain] += sums
        self._add_pairs(rows[np.searchsorted(found, keys)], on)
        self._keep_within_bounds()

    def cells(
        self, groups: Mapping[str, int], texts: Sequence[int], series: TimeSeries | None
    ) -> Cells | None:
        """Return the counts of what a page lets its reader choose; None where they are not exact.

        They are not where a clock that was wrong made the moments coarser than a chart's bins, or
        where a group grew large only after it had become one with others.

        Args:
            groups: Those that can be chosen, with their codes.
            texts: How many texts each has.
            series: The course; None without one.
        """
        codes, moments = self._groups_and_moments()
        place = {code: number for number, code in enumerate(groups.values())}
        group = np.array([place.get(code, NONE) for code in codes.tolist()], np.int64)
        bins = bins_of(self._seconds(moments), series)
        both, of_row = np.unique(np.stack([group, bins]), axis=1, return_inverse=True)
        counts = np.zeros((both.shape[1], self._counts.shape[1]), np.int64)
        np.add.at(counts, of_row.reshape(-1), self._counts[: len(codes)])
        kept, plain = self._frequent_pairs(counts), np.arange(self._n_plain)
        found = Cells(
            groups=tuple(groups),
            pairs=tuple((int(first), int(second)) for first, second in self._pairs[kept]),
            group=both[0],
            bin=both[1],
            counts=counts[:, np.append(plain, self._n_plain + kept)],
        )
        return found if _agree(found, texts, series) else None

    def _frequent_pairs(self, counts: npt.NDArray[np.int64]) -> Ints:
        texts = counts[:, self._n_plain :].sum(axis=0)
        order = np.argsort(-texts, kind="stable")[:_MOST_PAIRS]
        return np.asarray(order[texts[order] > 0])

    def _add_pairs(self, rows: Ints, on: npt.NDArray[np.bool_]) -> None:
        several = np.flatnonzero(on.sum(axis=1) > 1)
        first, second = self._pairs.T
        texts, pairs = np.nonzero(on[several][:, first] & on[several][:, second])
        np.add.at(self._counts, (rows[several[texts]], self._n_plain + pairs), 1)

    def _empty(self, n_cells: int) -> npt.NDArray[np.int32]:
        return np.zeros((n_cells, self._n_plain + len(self._pairs)), np.int32)

    def _rows_of(self, keys: Ints) -> Ints:
        """Return the row of each cell, making those that are new."""
        rows = [self._rows.setdefault(key, len(self._rows)) for key in keys.tolist()]
        if len(self._rows) > len(self._counts):
            room = self._empty(2 * len(self._rows))
            room[: len(self._counts)] = self._counts
            self._counts = room
        return np.array(rows, np.int64)

    def _keys(self, groups: Ints, seconds: Ints) -> Ints:
        if self._folded:
            groups = np.where(np.isin(groups, list(self._folded)), NONE, groups)
        known = seconds != NO_TIME
        level = f"M8[{LEVELS[self._level]}]"
        moments = np.where(known, seconds, 0).astype("M8[s]").astype(level).astype(np.int64)
        moments = np.where(known, moments, _NO_MOMENT)
        return np.asarray((groups + 1) * _MOMENTS + moments - _NO_MOMENT)

    def _groups_and_moments(self) -> tuple[Ints, Ints]:
        """Return the code of each cell's group, and its moment at the present level."""
        groups, moments = np.divmod(np.array(list(self._rows), np.int64), _MOMENTS)
        return groups - 1, moments + _NO_MOMENT

    def _seconds(self, moments: Ints) -> Ints:
        known = moments != _NO_MOMENT
        dated = np.where(known, moments, 0).astype(f"M8[{LEVELS[self._level]}]")
        return np.where(known, dated.astype("M8[s]").astype(np.int64), NO_TIME)

    def _keep_within_bounds(self) -> None:
        while self._level < len(LEVELS) - 1 and self._n_moments() > _MOST_MOMENTS:
            self._change(coarser=True)
        while len(self._rows) > _MOST_CELLS and self._fold():
            self._change()

    def _n_moments(self) -> int:
        # Fewer cells than moments there cannot be, so most of the time nothing needs counting.
        few = len(self._rows) <= _MOST_MOMENTS
        return 0 if few else len(np.unique(self._groups_and_moments()[1]))

    def _fold(self) -> bool:
        """Choose the smaller half of the groups to be one with the others from now on."""
        codes, _ = self._groups_and_moments()
        found, of_row = np.unique(codes, return_inverse=True)
        texts = np.bincount(of_row, self._counts[: len(codes), 0])
        order = [int(found[i]) for i in np.argsort(-texts, kind="stable") if found[i] != NONE]
        small = order[max(_FEWEST_GROUPS, len(order) // 2) :]
        self._folded.update(small)
        return bool(small)

    def _change(self, *, coarser: bool = False) -> None:
        """Count again in cells of the next level, or with groups that have become one."""
        groups, moments = self._groups_and_moments()
        seconds, counts = self._seconds(moments), self._counts[: len(groups)]
        self._level += coarser
        keys, of_row = np.unique(self._keys(groups, seconds), return_inverse=True)
        self._rows = {key: row for row, key in enumerate(keys.tolist())}
        self._counts = self._empty(max(256, len(keys)))
        np.add.at(self._counts, of_row, counts)


def bins_of(seconds: Ints, series: TimeSeries | None) -> Ints:
    """Return the number of the bin of each moment in a course, -1 for one beyond it."""
    if series is None:
        return np.full(len(seconds), NONE)
    known = seconds != NO_TIME
    moments = np.where(known, seconds, 0).astype("M8[s]")
    bins = series.unit.of(moments) - series.unit.of(series.starts[:1])
    return np.where(known & (bins >= 0) & (bins < len(series.starts)), bins, NONE)


def _agree(cells: Cells, texts: Sequence[int], series: TimeSeries | None) -> bool:
    """Tell whether cells have the texts that each group and each bin has."""
    of_group = [int(cells.counts[cells.group == i, 0].sum()) for i in range(len(cells.groups))]
    n_bins = len(series.totals) if series else 0
    of_bin = [int(cells.counts[cells.bin == i, 0].sum()) for i in range(n_bins)]
    return of_group == list(texts) and of_bin == (series.totals.tolist() if series else [])
