"""Charts of the emotions: how often each occurs, and which come together."""

from collections.abc import Sequence
from typing import Final

from emoticare.report.charts.theme import colour
from emoticare.report.charts.vega import (
    NARROW,
    WIDE,
    Figure,
    Size,
    Spec,
    names_axis,
    sentiment_colour,
    share_axis,
    tooltip,
    vega_lite,
)
from emoticare.report.summary import Row, Summary
from emoticare.report.words import percent, span

_MOST_PAIRS: Final = 12
_LINE: Final = 14
_IN_TWO_LINES: Final = "[split(datum.label, ' + ')[0] + ' +', split(datum.label, ' + ')[1]]"
_VALUES: Final = 150
"""Pixels for the values at the right of bars."""


def emotions_overall(summary: Summary) -> Figure:
    """Draw how often each emotion occurs, with intervals; neutral is apart, in words."""
    table = [row for row in summary.overall if row["name"] in summary.labels]
    table.sort(key=lambda row: -row["texts"])
    rows = [
        {**row, "value": f"{percent(row['share'])}  ·  {row['texts']:,}"}
        for row in table
        if row["texts"] and row["name"] != "neutral"
    ]
    return Figure(
        "emotions",
        "How often each emotion occurs",
        _overall_says(summary, table),
        "Share of texts that carry the emotion, and how many they are; a text may carry several. "
        "The thin line is the 95% interval. Green is positive, red negative, amber ambiguous.",
        _overall_spec(rows, WIDE),
        _overall_spec(rows, NARROW),
        table,
    )


def _overall_says(summary: Summary, table: Sequence[Row]) -> str:
    never = [row["name"] for row in table if not row["texts"]]
    without = percent(summary.quality.without_emotion / summary.quality.scored)
    told = [
        f"Neutral stands apart: {percent(row['share'])} ({span(row)})."
        for row in table
        if row["name"] == "neutral"
    ]
    told.append(f"In {without} of texts nothing reaches its threshold.")
    if never:
        told.append(f"Not found: {', '.join(never)}.")
    return " ".join(told)


def _overall_spec(rows: Sequence[Row], size: Size) -> Spec:
    end = share_axis("high")
    return vega_lite(
        {
            "width": size.width - size.names - _values(size),
            "height": {"step": 20},
            "encoding": {"y": names_axis(size), "tooltip": tooltip(
                ("name", "emotion", None), ("texts", "texts", ","), ("share", "share", ".1%"),
                ("low", "from", ".1%"), ("high", "to", ".1%"),
            )},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 12, "cornerRadiusEnd": 2},
                    "encoding": {"x": share_axis("share", is_shown=False),
                                 "color": sentiment_colour("sentiment")},
                },
                {
                    "mark": {"type": "rule", "color": colour("ink"), "strokeWidth": 1.2},
                    "encoding": {"x": {**end, "field": "low", "axis": None},
                                 "x2": {"field": "high"}},
                },
                _value_at("high", "value"),
            ],
        },
        rows,
        most=max(row["high"] for row in rows),
    )  # fmt: skip


def _values(size: Size) -> int:
    return _VALUES if not size.is_narrow else 84


def _value_at(x: str, value: str) -> Spec:
    """Return texts at the right of bars."""
    return {
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {
            "x": share_axis(x, is_shown=False),
            "text": {"field": value, "type": "nominal"},
        },
    }


def emotions_together(summary: Summary) -> Figure | None:
    """Draw which emotions come together; None where none do."""
    pairs = [row for row in summary.together if row["both"] and row["first"] < row["second"]]
    pairs = [row for row in pairs if "neutral" not in (row["first"], row["second"])]
    if not pairs:
        return None
    pairs.sort(key=lambda row: (not row["sure"], -row["both"]))
    rows = [
        {
            **row,
            "pair": f"{row['first']} + {row['second']}",
            "value": f"{percent(row['of_all'])}  ·  {row['both']:,}",
        }
        for row in pairs[:_MOST_PAIRS]
    ]
    n_sure = sum(row["sure"] for row in pairs)
    says = (
        f"{n_sure} {'pair comes' if n_sure == 1 else 'pairs come'} together more often than chance "
        "would have it."
        if n_sure
        else "No pair comes together clearly more often than chance would have it."
    )
    return Figure(
        "together",
        "Emotions that come together",
        says,
        "Share of texts that carry both, and how many they are: the most frequent pairs. Grey "
        "where chance could explain them.",
        _pairs_spec(rows, WIDE),
        _pairs_spec(rows, NARROW),
        summary.together,
    )


def _pairs_spec(rows: Sequence[Row], size: Size) -> Spec:
    roomy = Size(size.width, 126 if size.is_narrow else 190, size.is_narrow)
    names = names_axis(roomy, "pair")
    if size.is_narrow:
        names["axis"] |= {"labelExpr": _IN_TWO_LINES, "labelLineHeight": _LINE}
    bar = {"condition": {"test": "datum.sure", "value": colour("accent")}, "value": colour("count")}
    return vega_lite(
        {
            "width": size.width - roomy.names - _values(size),
            "height": {"step": 2 * _LINE + 6 if size.is_narrow else 20},
            "encoding": {"y": names, "tooltip": tooltip(
                ("pair", "emotions", None), ("both", "texts", ","), ("of_all", "share", ".1%"),
                ("lift", "times as often as by chance", None),
            )},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 12, "cornerRadiusEnd": 2},
                    "encoding": {"x": share_axis("of_all", is_shown=False), "color": bar},
                },
                _value_at("of_all", "value"),
            ],
        },
        rows,
        most=max(row["of_all"] for row in rows),
    )  # fmt: skip
