"""Charts over time: the sentiments, one emotion, the most frequent ones side by side."""

from collections.abc import Sequence
from typing import Final

from emoticare.report.charts.lines import (
    band_and_line,
    bars_of_texts,
    ends_of_period,
    highest_of,
    hover,
    plot_width,
    time_axis,
    whole_period,
    with_room_at_the_left,
)
from emoticare.report.charts.theme import colour
from emoticare.report.charts.vega import (
    NARROW,
    SHARE_LABEL,
    WIDE,
    Figure,
    Size,
    Spec,
    emotion_selector,
    sentiment_colour,
    share_axis,
    vega_lite,
)
from emoticare.report.summary import Row, Summary
from emoticare.report.words import movement

_MOST_MULTIPLES: Final = 12
_FEWEST_A_DOT: Final = 10
_LETTER: Final = 15
"""Pixels that a line of letters takes."""


def sentiments_over_time(summary: Summary) -> Figure:
    """Draw the sentiments and, below, how many texts there are."""
    rows = _with_sentiments(summary, summary.groupings) or summary.course
    moved = [row for row in summary.halves if row["name"] in summary.groupings and row["sure"]]
    parts = [movement(row, row["name"]) for row in moved]
    says = (
        f"From the first to the second half, {', '.join(parts)}."
        if parts
        else "The halves of the period do not differ by more than chance would have it."
    )
    return Figure(
        "sentiments_over_time",
        "Feelings over time",
        says,
        f"Share of texts by {summary.unit} that carry at least one emotion of the kind, smoothed, "
        "with 95% intervals; below, how many texts there are. No line where there are fewer than "
        "ten texts.",
        _sentiments_spec(summary, rows, WIDE),
        _sentiments_spec(summary, rows, NARROW),
        rows,
        list(dict.fromkeys(row["name"] for row in rows)),
    )


def _with_sentiments(summary: Summary, names: Sequence[str]) -> list[Row]:
    of = {row["name"]: row["sentiment"] for row in summary.overall}
    return [{**row, "sentiment": of[row["name"]]} for row in summary.course if row["name"] in names]


def _sentiments_spec(summary: Summary, rows: Sequence[Row], size: Size) -> Spec:
    most = highest_of(rows)
    height = 240 if not size.is_narrow else 200
    lines = {
        "width": plot_width(size),
        "height": height,
        "encoding": {"x": time_axis(ticks=3 if size.is_narrow else 6)},
        "layer": [
            *with_room_at_the_left(band_and_line()),
            _names_of_lines(plot_width(size)),
            whole_period(),
            *hover(),
        ],
    }
    letter = _LETTER / height
    return vega_lite(
        {
            "vconcat": [lines, bars_of_texts(summary, size, rows[0]["name"])],
            "spacing": 10,
            "datasets": {"ends": _ends_of_lines(rows, most * letter)},
        },
        rows,
        most=most,
        letter=letter,
        **ends_of_period(summary),
    )


def _ends_of_lines(rows: Sequence[Row], gap: float) -> list[Row]:
    """Return where the names of lines stand, pushed apart where they would overlap."""
    ends: dict[str, Row] = {row["name"]: row for row in rows if row["smoothed"] is not None}
    at = -gap
    places = []
    for row in sorted(ends.values(), key=lambda row: row["smoothed"]):
        at = max(row["smoothed"], at + gap)
        places.append({"name": row["name"], "sentiment": row["sentiment"], "at": at})
    return places


def _names_of_lines(width: int) -> Spec:
    """Return the names at the right ends of lines."""
    return {
        "data": {"name": "ends"},
        "mark": {"type": "text", "align": "left", "fontWeight": 600},
        "encoding": {
            "x": {"value": width + 6},
            # Without a word on the axis, which the lines have already.
            "y": {k: v for k, v in share_axis("at").items() if k != "axis"},
            "text": {"field": "name"},
            "color": sentiment_colour("sentiment"),
        },
    }


def one_emotion_over_time(summary: Summary) -> Figure:
    """Draw one emotion, to be chosen, with its lasting changes."""
    names = sorted({row["name"] for row in summary.course if row["name"] in summary.labels})
    changed = [row["name"] for row in summary.changes if row["name"] in names]
    first = (changed or summary.ranked(1))[0]
    rows = _with_sentiments(summary, names)
    n_changed = len(set(changed))
    says = (
        f"{n_changed} of {len(names)} emotions changed lastingly; {first} most clearly."
        if changed
        else "No emotion changed lastingly by more than chance would have it; this is the most "
        "frequent one."
    )
    return Figure(
        "emotion_over_time",
        "One emotion over time",
        says,
        f"Dots: share of the texts of each {summary.unit} with at least ten. Line and band: "
        "smoothed share and its 95% interval. Dashed: a lasting change.",
        _one_emotion_spec(summary, rows, first, names, WIDE),
        _one_emotion_spec(summary, rows, first, names, NARROW),
        rows,
        names,
    )


def _one_emotion_spec(
    summary: Summary, rows: Sequence[Row], first: str, names: Sequence[str], size: Size
) -> Spec:
    layers: list[Spec] = [*band_and_line(), *_dots(rows), _changes(), whole_period(), *hover()]
    for layer in layers:
        if "field" in layer["encoding"].get("y", {}):
            layer["encoding"]["y"] |= {
                "scale": {"zero": True, "nice": True},
                "axis": {"labelExpr": SHARE_LABEL, "tickCount": 4},
            }
    chosen = {
        "width": plot_width(size),
        "height": 220,
        "title": {"text": {"expr": "emotion"}},
        "transform": [{"filter": "datum.name === emotion"}],
        "encoding": {"x": time_axis(ticks=3 if size.is_narrow else 6)},
        "layer": with_room_at_the_left(layers),
    }
    return vega_lite(
        {
            "params": [emotion_selector(first, names)],
            "vconcat": [chosen, bars_of_texts(summary, size, first)],
            "spacing": 10,
        },
        rows,
        **ends_of_period(summary),
    )


def _dots(rows: Sequence[Row]) -> list[Spec]:
    """Return the shares of bins with texts enough; no layer where there are none."""
    if all(row["texts"] < _FEWEST_A_DOT for row in rows):
        return []
    dots = {"type": "point", "filled": True, "opacity": 0.4, "size": 22, "color": colour("neutral")}
    return [
        {
            "transform": [{"filter": f"datum.texts >= {_FEWEST_A_DOT}"}],
            "mark": dots,
            "encoding": {"y": share_axis("share")},
        }
    ]


def _changes() -> Spec:
    """Return a line at every bin, seen only where there is a change: a scale needs some data."""
    return {
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": colour("ink")},
        "encoding": {
            "x": {"field": "t", "type": "temporal", "scale": {"type": "utc"}},
            "opacity": {"condition": {"test": "datum.change", "value": 1}, "value": 0},
        },
    }


def emotions_over_time(summary: Summary) -> Figure:
    """Draw the most frequent emotions, each in a panel of its own, all on one scale."""
    names = summary.ranked(_MOST_MULTIPLES)
    rows = _with_sentiments(summary, names)
    changed = sorted({row["name"] for row in summary.changes} & set(names), key=names.index)
    says = (
        f"Lasting changes: {', '.join(changed)}."
        if changed
        else "None of them changed lastingly by more than chance would have it."
    )
    return Figure(
        "emotions_over_time",
        "The most frequent emotions over time",
        says,
        "All on one scale, so that heights compare; smoothed shares with 95% intervals, lasting "
        "changes dashed.",
        _panels_spec(summary, rows, names, WIDE),
        _panels_spec(summary, rows, names, NARROW),
        rows,
        names,
    )


def _panels_spec(summary: Summary, rows: Sequence[Row], names: Sequence[str], size: Size) -> Spec:
    columns = 2 if size.is_narrow else 4
    width = (size.width - 44) // columns - 20
    panels = []
    for number, name in enumerate(names):
        layers: list[Spec] = [
            *band_and_line(), _changes(), whole_period(), *hover(number),
        ]  # fmt: skip
        panels.append(_panel(name, layers, width, is_first=number % columns == 0))
    spacing = {"row": 22, "column": 20}
    return vega_lite(
        {"concat": panels, "columns": columns, "spacing": spacing},
        rows,
        most=highest_of(rows),
        **ends_of_period(summary),
    )


def _panel(name: str, layers: Sequence[Spec], width: int, *, is_first: bool) -> Spec:
    for layer in layers:
        if "field" in layer["encoding"].get("y", {}):
            axis = {"labelExpr": SHARE_LABEL, "tickCount": 3, "labels": is_first}
            layer["encoding"]["y"]["axis"] = {**axis, "minExtent": 36 if is_first else 0}
    return {
        "title": {"text": name},
        "width": width,
        "height": 84,
        "transform": [{"filter": {"field": "name", "equal": name}}],
        "encoding": {"x": time_axis(ticks=2)},
        "layer": layers,
    }
