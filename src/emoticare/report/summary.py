"""What a report says, as tables: shares with intervals, lasting changes, groups and pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

import numpy as np

from emoticare.labels import SENTIMENTS
from emoticare.report.calendar_bins import TimeSeries
from emoticare.report.cells import NONE, Cells, bins_of
from emoticare.report.change_points import FEWEST_BINS, find_change_points
from emoticare.report.differences import (
    APART_Z,
    HALVES_Z,
    differs,
    is_above_chance,
    two_shares_z,
)
from emoticare.report.examples import EXAMPLES_SHOWN
from emoticare.report.intervals import smoothed_shares, wilson_interval
from emoticare.report.tally import Quality, Tally

Row = dict[str, Any]


@dataclass(frozen=True)
class KeptExample:
    """A text of the page, and where it belongs in its choice.

    Attributes:
        score: The probability of the emotion.
        text: As the page shows it.
        group: The number of its group in the cells; -1 for another.
        bin: The number of its bin in the course; -1 for none.
    """

    score: float
    text: str
    group: int
    bin: int


MOST_GROUPS_SHOWN: Final = 15
_FEWEST_A_GROUP: Final = 5
FEWEST_FOR_COURSE: Final = 40
"""Texts below which a course over time would be noise alone."""
_DIGITS: Final = 5


@dataclass(frozen=True)
class Summary:
    """The content of a report, without its form.

    Attributes:
        labels: Of the model.
        groupings: Names of the groupings, positive and negative for instance.
        overall: A row a column: name, sentiment, texts, share, low, high.
        course: A row a time and a column; empty without two times and 40 texts that have some.
        halves: A row a column: its share in the first and the second half of the period; empty
            without a course.
        changes: A row a lasting change, the most certain first.
        groups: A row a group and a column; empty without two groups of five texts.
        together: A row a pair of labels.
        examples: For each label its clearest texts with their probabilities; empty if private.
        quality: What was wrong with the data.
        series: The counts by time; None without times.
        n_groups: All groups there are.
        cells: Counts by group and time, for a reader's choice; None where there is nothing to
            choose, or nothing exact.
        kept_examples: For each label all texts that are kept for such a choice.
    """

    labels: tuple[str, ...]
    groupings: tuple[str, ...]
    overall: list[Row]
    course: list[Row]
    halves: list[Row]
    changes: list[Row]
    groups: list[Row]
    together: list[Row]
    examples: Mapping[str, Sequence[tuple[float, str]]]
    quality: Quality
    series: TimeSeries | None
    n_groups: int
    cells: Cells | None = None
    kept_examples: Mapping[str, Sequence[KeptExample]] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """What a bin of the course is, to follow "by"."""
        return self.series.unit.name if self.series else ""

    @property
    def is_long_enough(self) -> bool:
        """Whether there are times enough to look for lasting changes."""
        series = self.series
        return _has_course(series) and int((series.totals > 0).sum()) >= FEWEST_BINS

    @property
    def most_apart(self) -> list[Row]:
        """The rows of groups that differ from all others by more than chance, clearest first."""
        rows = [row for row in self.groups if row["apart"] and row["name"] != "neutral"]
        return sorted(rows, key=lambda row: -abs(row["z"]))

    def ranked(self, most: int) -> list[str]:
        """Return the labels that occur, most frequent first, neutral left out."""
        rows = [row for row in self.overall if row["name"] in self.labels and row["texts"]]
        rows.sort(key=lambda row: -row["texts"])
        return [row["name"] for row in rows if row["name"] != "neutral"][:most]


def summarize(tally: Tally, labels: Sequence[str], groupings: Sequence[str]) -> Summary:
    """Turn counts into what a report says.

    Args:
        tally: The counts.
        labels: Of the model.
        groupings: The columns after the labels.
    """
    series = tally.times.series()
    course = series if _has_course(series) else None
    changes = _changes(course, tally.columns) if course else []
    shown = _groups_shown(tally)
    cells = _cells(tally, shown, course)
    return Summary(
        labels=tuple(labels),
        groupings=tuple(groupings),
        overall=_overall(tally),
        course=_course(course, tally.columns, changes) if course else [],
        halves=_halves(course, tally.columns) if course else [],
        changes=changes,
        groups=_groups(tally, shown),
        together=_together(tally, labels),
        examples=_examples(tally, labels),
        quality=tally.quality,
        series=series,
        n_groups=len(tally.groups),
        cells=cells,
        kept_examples=_kept_examples(tally, labels, shown, course) if cells else {},
    )


def _cells(tally: Tally, shown: Sequence[str], course: TimeSeries | None) -> Cells | None:
    if not shown and course is None:
        return None
    codes = {name: tally.codes[name] for name in shown}
    return tally.cells.cells(codes, [int(tally.groups[name][0]) for name in shown], course)


def _examples(tally: Tally, labels: Sequence[str]) -> dict[str, list[tuple[float, str]]]:
    found = {label: tally.examples.clearest(i) for i, label in enumerate(labels)}
    return {
        label: [(example.score, example.text) for example in best[:EXAMPLES_SHOWN]]
        for label, best in found.items()
        if best
    }


def _kept_examples(
    tally: Tally, labels: Sequence[str], shown: Sequence[str], course: TimeSeries | None
) -> dict[str, list[KeptExample]]:
    place = {tally.codes[name]: number for number, name in enumerate(shown)}
    kept = {}
    for i, label in enumerate(labels):
        best = tally.examples.kept(i, place)
        bins = bins_of(np.array([example.seconds for example in best], np.int64), course)
        kept[label] = [
            KeptExample(example.score, example.text, place.get(example.group, NONE), int(number))
            for example, number in zip(best, bins, strict=True)
        ]
    return kept


def _has_course(series: TimeSeries | None) -> TypeGuard[TimeSeries]:
    return (
        series is not None
        and len(series.totals) > 1
        and int(series.totals.sum()) >= FEWEST_FOR_COURSE
    )


def sentiment_of(label: str) -> str:
    """Return the sentiment of a label; neutral for one that has none."""
    return next((name for name, members in SENTIMENTS.items() if label in members), "neutral")


def moment_in_words(moment: "np.datetime64[Any]", unit_code: str) -> str:
    """Write when a bin begins, no finer than its unit."""
    shown = {"Y": "Y", "M": "M", "D": "D"}.get(unit_code, "m")
    return str(np.datetime_as_string(moment, unit=shown)).replace("T", " ")  # type: ignore[call-overload]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)


def _overall(tally: Tally) -> list[Row]:
    n_texts = tally.quality.scored
    low, high = wilson_interval(tally.total, n_texts)
    return [
        {
            "name": name,
            "sentiment": name if name in SENTIMENTS else sentiment_of(name),
            "texts": int(texts),
            "share": _rounded(texts / n_texts) if n_texts else None,
            "low": _rounded(low[i]),
            "high": _rounded(high[i]),
        }
        for i, (name, texts) in enumerate(zip(tally.columns, tally.total, strict=True))
    ]


def _course(series: TimeSeries, columns: Sequence[str], changes: Sequence[Row]) -> list[Row]:
    changed = {(row["name"], row["t"]) for row in changes}
    smooth, low, high = smoothed_shares(series.hits, series.totals)
    whens = [moment_in_words(start, series.unit.code) for start in series.starts]
    times_ms = np.append(series.starts, series.end).astype("M8[ms]").astype(np.int64)
    return [
        {
            "t": int(times_ms[i]),
            "middle": int(times_ms[i] + times_ms[i + 1]) // 2,
            "end": int(times_ms[i + 1]),
            "when": whens[i],
            "name": name,
            "texts": int(series.totals[i]),
            "carrying": int(series.hits[i, j]),
            "share": _rounded(_ratio(series.hits[i, j], series.totals[i])),
            "smoothed": _rounded(smooth[i, j]),
            "low": _rounded(low[i, j]),
            "high": _rounded(high[i, j]),
            "change": (name, int(times_ms[i])) in changed,
        }
        for j, name in enumerate(columns)
        if series.hits[:, j].any()
        for i in range(len(whens))
    ]


def _halves(series: TimeSeries, columns: Sequence[str]) -> list[Row]:
    middle = len(series.totals) // 2
    early, late = slice(None, middle), slice(middle, None)
    n_before, n_after = (int(series.totals[half].sum()) for half in (early, late))
    before, after = (series.hits[half].sum(axis=0) for half in (early, late))
    if not n_before or not n_after:
        return []
    sure = differs(after, n_after, before, n_before, HALVES_Z)
    return [
        {
            "name": name,
            "before": _rounded(before[j] / n_before),
            "after": _rounded(after[j] / n_after),
            "before_texts": n_before,
            "after_texts": n_after,
            "points": _points(after[j] / n_after, before[j] / n_before),
            "sure": bool(sure[j]),
        }
        for j, name in enumerate(columns)
    ]


def _ratio(hits: float, total: float) -> float:
    return hits / total if total else float("nan")


def _changes(series: TimeSeries, columns: Sequence[str]) -> list[Row]:
    found = []
    for j, name in enumerate(columns):
        hits = series.hits[:, j]
        for change in find_change_points(hits, series.totals, len(columns)):
            before, after = slice(change.start, change.bin), slice(change.bin, change.stop)
            row: Row = {
                "t": int(series.starts[change.bin].astype("M8[ms]").astype(np.int64)),
                "when": moment_in_words(series.starts[change.bin], series.unit.code),
                "name": name,
            }
            for side, part in (("before", before), ("after", after)):
                row |= _side(side, hits[part].sum(), series.totals[part].sum())
            found.append((change.evidence, row))
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])]


def _side(name: str, hits: float, total: float) -> Row:
    low, high = wilson_interval(hits, total)
    return {
        name: _rounded(hits / total),
        f"{name}_low": _rounded(float(low)),
        f"{name}_high": _rounded(float(high)),
        f"{name}_texts": int(total),
    }


def _groups_shown(tally: Tally) -> list[str]:
    """Return the largest groups; none where there are not two to compare."""
    largest = sorted(tally.groups.items(), key=lambda item: (-item[1][0], item[0]))
    shown = [name for name, counts in largest if counts[0] >= _FEWEST_A_GROUP][:MOST_GROUPS_SHOWN]
    return shown if len(shown) > 1 else []


def _groups(tally: Tally, shown: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for group in shown:
        counts = tally.groups[group]
        n_texts, hits = int(counts[0]), counts[1:]
        low, high = wilson_interval(hits, n_texts)
        rest = max(tally.quality.scored - n_texts, 0)
        z = two_shares_z(hits, n_texts, tally.total - hits, rest)
        apart = differs(hits, n_texts, tally.total - hits, rest, APART_Z)
        rows += [
            {
                "group": group,
                "name": name,
                "texts": n_texts,
                "carrying": int(hits[j]),
                "share": _rounded(hits[j] / n_texts),
                "low": _rounded(low[j]),
                "high": _rounded(high[j]),
                "others": _rounded(_ratio(tally.total[j] - hits[j], rest)),
                "points": _points(hits[j] / n_texts, _ratio(tally.total[j] - hits[j], rest)),
                "z": round(float(z[j]), 1),
                "apart": bool(apart[j]),
            }
            for j, name in enumerate(tally.columns)
        ]
    return rows


def _points(share: float, others: float) -> float:
    """Return a difference in percentage points, 0 where there is nothing to compare."""
    return 0.0 if np.isnan(others) else round(100 * (share - others), 2)


def _together(tally: Tally, labels: Sequence[str]) -> list[Row]:
    texts = tally.together.diagonal()
    n_texts = max(tally.quality.scored, 1)
    return [
        {
            "first": labels[i],
            "second": labels[j],
            "both": int(tally.together[i, j]),
            "share": _rounded(tally.together[i, j] / texts[i]),
            "of_all": _rounded(tally.together[i, j] / n_texts),
            "sure": is_above_chance(tally.together[i, j], texts[i] * texts[j] / n_texts),
            "lift": round(float(tally.together[i, j] * n_texts / (texts[i] * texts[j])), 2),
        }
        for i in np.flatnonzero(texts).tolist()
        for j in np.flatnonzero(texts).tolist()
        if i != j
    ]
