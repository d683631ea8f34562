"""What a report keeps of the texts it reads: counts, a few examples, and what was wrong."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from emoticare.bulk.arrow_tables import python_values
from emoticare.report.calendar_bins import TimeCounts
from emoticare.report.scored_rows import ScoredRows
from emoticare.report.settings import ReportSettings
from emoticare.report.times import WallClock
from emoticare.stages.decision import decide
from emoticare.stages.probabilities import FloatArray

_MOST_GROUPS: Final = 1000
_LONGEST_GROUP: Final = 60
_EXAMPLES: Final = 3
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
        examples: For each label the texts that carry it most clearly, with their probabilities.
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
        self.examples: dict[str, list[tuple[float, str]]] = {label: [] for label in labels}
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
        if self._settings.time_column:
            self._add_times(rows.table[self._settings.time_column], rows, carried)
        if self._settings.group_column:
            self._add_groups(rows.table[self._settings.group_column], rows, carried)
        if not self._settings.private:
            self._add_examples(rows, on)

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
    ) -> None:
        times = self._clock.read(column)
        known, missing, odd = (
            part[rows.positions] for part in (times.known, times.missing, times.odd)
        )
        self.quality.times_missing += int(missing.sum())
        self.quality.times_odd += int(odd.sum())
        self.quality.times_unreadable += int((~known & ~missing & ~odd).sum())
        self.times.add(times.seconds[rows.positions][known], carried[known])

    def _add_groups(
        self, column: pa.ChunkedArray, rows: ScoredRows, carried: npt.NDArray[np.bool_]
    ) -> None:
        values = python_values(column)
        codes: dict[str, int] = {}
        names = [_group_name(values[i]) for i in rows.positions]
        of_row = [codes.setdefault(name, len(codes)) for name in names]
        counts = np.zeros((len(codes), len(self.columns) + 1), np.int64)
        np.add.at(counts, of_row, np.hstack([np.ones((len(names), 1), bool), carried]))
        for name, found in zip(codes, counts, strict=True):
            if not name:
                self.quality.groups_missing += int(found[0])
            elif name in self.groups or len(self.groups) < _MOST_GROUPS:
                self.groups[name] = self.groups.get(name, 0) + found
            else:
                self.quality.rows_of_more_groups += int(found[0])

    def _add_examples(self, rows: ScoredRows, on: npt.NDArray[np.bool_]) -> None:
        texts = rows.table[self._settings.text_column]
        for number, label in enumerate(self._labels):
            best = self.examples[label]
            floor = best[0][0] if len(best) == _EXAMPLES else -1.0
            scores = np.where(on[:, number], rows.probabilities[:, number], -1.0)
            better = np.flatnonzero(scores > max(floor, 0.0))
            for position in better[np.argsort(-scores[better], kind="stable")][: 4 * _EXAMPLES]:
                score = float(scores[position])
                if len(best) == _EXAMPLES and score <= best[0][0]:
                    break
                text = _example(texts[int(rows.positions[position])])
                if text and all(text != other for _, other in best):
                    push = heapq.heappushpop if len(best) == _EXAMPLES else heapq.heappush
                    push(best, (score, text))


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
