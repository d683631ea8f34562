"""What a report keeps of the texts it reads: counts, a few examples, and what was wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from emoticare.bulk.arrow_tables import python_values
from emoticare.report.calendar_bins import TimeCounts
from emoticare.report.cells import NO_TIME, NONE, CellCounts
from emoticare.report.examples import ExamplePool
from emoticare.report.scored_rows import ScoredRows
from emoticare.report.settings import ReportSettings
from emoticare.report.times import Ints, WallClock
from emoticare.stages.decision import decide
from emoticare.stages.probabilities import FloatArray

_MOST_GROUPS: Final = 1000
_LONGEST_GROUP: Final = 60
_LONGEST_EXAMPLE: Final = 280
_FEWEST_LETTERS: Final = 15


@dataclass
class Quality:
    """What a report should be trusted with.

    Attributes:
        rows: All rows.
        scored: Rows with probabilities.
        scored_before: Those among them whose probabilities stood in the file.
        without_emotion: Scored rows that carry no emotion.
        faults: How many rows have no probabilities, by reason.
        warnings: How many texts that were scored for the report have each warning.
        times_missing: Scored rows without a time.
        times_unreadable: Scored rows whose time could not be read.
        times_odd: Scored rows whose time is the epoch, or not of the years 1900 to 2100.
        groups_missing: Scored rows without a group.
        rows_of_more_groups: Scored rows of groups beyond the first thousand.
    """

    rows: int = 0
    scored: int = 0
    scored_before: int = 0
    without_emotion: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    times_missing: int = 0
    times_unreadable: int = 0
    times_odd: int = 0
    groups_missing: int = 0
    rows_of_more_groups: int = 0


class Tally:
    """Counts rows by time, by group and by emotion, in memory that their number does not change.

    Args:
        labels: Of the model.
        groupings: Labels by the name of their grouping; a text carries one if any label is on.
        thresholds: Of shape (n_labels,).
        settings: Which columns mean what.

    Attributes:
        columns: The labels, then the groupings: the columns of all counts.
        total: Texts by column.
        together: How many texts carry two labels, of shape (n_labels, n_labels).
        times: Counts by time.
        groups: Counts by group: texts, then texts by column.
        codes: The number of each group, in the order they were met.
        cells: Counts by group and time.
        examples: The texts that carry each label most clearly; none if private.
        quality: What was wrong.
    """

    def __init__(
        self,
        labels: Sequence[str],
        groupings: Mapping[str, Sequence[str]],
        thresholds: FloatArray,
        settings: ReportSettings,
    ) -> None:
        self._labels = tuple(labels)
        self._thresholds = thresholds
        self._settings = settings
        self._clock = WallClock(settings.timezone, settings.time_format)
        self._members = np.array(
            [[label in members for label in labels] for members in groupings.values()], bool
        )
        self.columns: tuple[str, ...] = (*labels, *groupings)
        self.total: npt.NDArray[np.int64] = np.zeros(len(self.columns), np.int64)
        self.together: npt.NDArray[np.int64] = np.zeros((len(labels), len(labels)), np.int64)
        self.times: TimeCounts = TimeCounts(len(self.columns))
        self.groups: dict[str, npt.NDArray[np.int64]] = {}
        self.codes: dict[str, int] = {}
        self.cells: CellCounts = CellCounts(len(self._labels), len(self.columns))
        self.examples: ExamplePool = ExamplePool(len(self._labels))
        self.quality: Quality = Quality()

    def add(self, rows: ScoredRows) -> None:
        """Count some rows.

        Raises:
            DataError: If the column of the times can hold none.
        """
        on = decide(rows.probabilities, self._thresholds)
        carried = np.hstack([on, on @ self._members.T]) if len(self._members) else on
        self.total += carried.sum(axis=0)
        counted = on.astype(np.float32)
        self.together += (counted.T @ counted).astype(np.int64)
        self._note_quality(rows, on)
        groups = np.full(len(rows.positions), NONE)
        seconds = np.full(len(rows.positions), NO_TIME)
        if self._settings.time_column:
            seconds = self._add_times(rows.table[self._settings.time_column], rows, carried)
        if self._settings.group_column:
            groups = self._add_groups(rows.table[self._settings.group_column], rows, carried)
        if self._settings.time_column or self._settings.group_column:
            self.cells.add(groups, seconds, carried)
        if not self._settings.private:
            self._add_examples(rows, on, groups, seconds)

    def _note_quality(self, rows: ScoredRows, on: npt.NDArray[np.bool_]) -> None:
        quality = self.quality
        quality.rows += len(rows)
        quality.scored += len(rows.positions)
        quality.scored_before += len(rows.positions) if rows.was_scored else 0
        quality.without_emotion += int((~on.any(axis=1)).sum())
        quality.warnings.update(rows.warnings)
        # "too long: 1234567 characters" and the like count as one.
        quality.faults.update(fault.split(":")[0] for fault in rows.faults.values())

    def _add_times(
        self, column: pa.ChunkedArray, rows: ScoredRows, carried: npt.NDArray[np.bool_]
    ) -> Ints:
        """Count by time, and return the seconds of each scored row."""
        times = self._clock.read(column)
        known, missing, odd = (
            part[rows.positions] for part in (times.known, times.missing, times.odd)
        )
        seconds = times.seconds[rows.positions]
        self.quality.times_missing += int(missing.sum())
        self.quality.times_odd += int(odd.sum())
        self.quality.times_unreadable += int((~known & ~missing & ~odd).sum())
        self.times.add(seconds[known], carried[known])
        return np.where(known, seconds, NO_TIME)

    def _add_groups(
        self, column: pa.ChunkedArray, rows: ScoredRows, carried: npt.NDArray[np.bool_]
    ) -> Ints:
        """Count by group, and return the code of the group of each scored row."""
        values = python_values(column)
        local: dict[str, int] = {}
        names = [_group_name(values[i]) for i in rows.positions]
        of_row = np.array([local.setdefault(name, len(local)) for name in names], np.int64)
        counts = np.zeros((len(local), len(self.columns) + 1), np.int64)
        np.add.at(counts, of_row, np.hstack([np.ones((len(names), 1), bool), carried]))
        codes = np.full(len(local), NONE)
        for name, found in zip(local, counts, strict=True):
            if not name:
                self.quality.groups_missing += int(found[0])
            elif name in self.groups or len(self.groups) < _MOST_GROUPS:
                self.groups[name] = self.groups.get(name, 0) + found
                codes[local[name]] = self.codes.setdefault(name, len(self.codes))
            else:
                self.quality.rows_of_more_groups += int(found[0])
        return np.asarray(codes[of_row])

    def _add_examples(
        self, rows: ScoredRows, on: npt.NDArray[np.bool_], groups: Ints, seconds: Ints
    ) -> None:
        texts = rows.table[self._settings.text_column]

        @cache
        def text_of(position: int) -> str:
            return _example(texts[int(rows.positions[position])])

        self.examples.add(np.where(on, rows.probabilities, 0.0), groups, seconds, text_of)


def _group_name(value: object) -> str:
    """Return how a group is called, "" where there is none."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    name = " ".join(text.split())
    return name if len(name) <= _LONGEST_GROUP else name[: _LONGEST_GROUP - 1] + "…"


def _example(scalar: Any) -> str:
    """Return a text cut to what a page can hold, "" where it is too short to be typical."""
    value = python_values(pa.chunked_array([pa.array([scalar.as_py()])]))[0]
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    text = " ".join(text.split()) if isinstance(text, str) else ""
    if len(text) < _FEWEST_LETTERS:
        return ""
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"
