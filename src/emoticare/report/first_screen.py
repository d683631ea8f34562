"""The first screen of a report: the headline, four tiles, what stands out and how sure it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from emoticare.errors import number_of
from emoticare.report.differences import HALVES_Z, counts_differ
from emoticare.report.sections import render_section
from emoticare.report.summary import Row, Summary
from emoticare.report.words import findings, headline, how_sure, percent, span

_SPARK_WIDTH: Final = 120
_SPARK_HEIGHT: Final = 28
_EDGE: Final = 2


@dataclass(frozen=True)
class _Tile:
    name: str
    value: str
    note: str
    course: Sequence[float | None] = ()
    kind: str = "count"


def render_headline(summary: Summary) -> str:
    """Write the sentence that heads the page."""
    return f'<p class="headline">{escape(headline(summary))}</p>'


def render_tiles(summary: Summary) -> str:
    """Write four figures, each with its change or interval and its course."""
    tiles = [_texts_tile(summary)]
    tiles += [
        _share_tile(summary, name, name.capitalize())
        for name in ("positive", "negative")
        if name in summary.groupings
    ]
    tiles += [_share_tile(summary, name, f"Most frequent: {name}") for name in summary.ranked(1)]
    return f'<dl class="tiles">{"".join(map(_tile, tiles))}</dl>'


def render_findings(summary: Summary) -> str:
    """Write what stands out, and how sure that is, beside each other."""
    parts = [
        ("stands-out", "What stands out", findings(summary)),
        ("sure", "How sure is this?", how_sure(summary)),
    ]
    cards = "".join(
        render_section(ident, title, _list(told)) for ident, title, told in parts if told
    )
    return f'<div class="beside of-all">{cards}</div>'


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"


def _texts_tile(summary: Summary) -> _Tile:
    n_texts = f"{summary.quality.scored:,}"
    series = summary.series
    if series is None or not summary.halves:
        n_groups = number_of(summary.n_groups, "group") if summary.n_groups else ""
        return _Tile("Texts", n_texts, n_groups)
    row = summary.halves[0]
    before, after = row["before_texts"], row["after_texts"]
    change = (after - before) / before
    is_sure = counts_differ(before, after, HALVES_Z)
    note = f"{_arrow(change)} {percent(abs(change))} in the second half" if is_sure else _STEADY
    return _Tile("Texts", n_texts, note, series.totals.tolist())


_STEADY: Final = "no clear change over time"


def _share_tile(summary: Summary, name: str, title: str) -> _Tile:
    row = next(row for row in summary.overall if row["name"] == name)
    halves = next((half for half in summary.halves if half["name"] == name), None)
    course = [step["smoothed"] for step in summary.course if step["name"] == name]
    return _Tile(title, percent(row["share"]), _change(row, halves), course, row["sentiment"])


def _change(row: Row, halves: Row | None) -> str:
    if halves is None:
        return f"95%: {span(row)}"
    if not halves["sure"]:
        return _STEADY
    return f"{_arrow(halves['points'])} {abs(halves['points']):.1f} points in the second half"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"


def _tile(tile: _Tile) -> str:
    drawn = _spark(tile.course, tile.kind) if len(tile.course) > 1 else ""
    return (
        f"<div><dt>{escape(tile.name)}</dt><dd>{escape(tile.value)}</dd>"
        f'<dd class="note">{escape(tile.note)}</dd>{drawn}</div>'
    )


def _spark(values: Sequence[float | None], kind: str) -> str:
    """Draw a course, from zero to its most, with gaps where there is nothing known."""
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    step = (_SPARK_WIDTH - 2 * _EDGE) / (len(values) - 1)
    room = _SPARK_HEIGHT - 2 * _EDGE
    points = [
        None if value is None else (_EDGE + i * step, _SPARK_HEIGHT - _EDGE - room * value / most)
        for i, value in enumerate(values)
    ]
    stretches = (list(part) for known, part in groupby(points, bool) if known)
    path = "".join(_path(stretch) for stretch in stretches)
    return (
        f'<dd class="spark"><svg class="{kind}" viewBox="0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true"><path d="{path}"/></svg></dd>'
    )


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    shown = " ".join(f"{point[0]:.1f},{point[1]:.1f}" for point in points if point)
    # A line of one point, closed, is drawn as a dot.
    return f"M{shown}Z" if len(points) == 1 else f"M{shown}"
