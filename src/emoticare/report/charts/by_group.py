"""Charts of groups: all beside each other, and one emotion with intervals."""

from collections.abc import Sequence
from typing import Any, Final

from emoticare.report.charts.theme import colour
from emoticare.report.charts.vega import (
    NARROW,
    SHARE_LABEL,
    WIDE,
    Figure,
    Size,
    Spec,
    emotion_selector,
    names_axis,
    tooltip,
    vega_lite,
)
from emoticare.report.summary import Row, Summary
from emoticare.report.words import carried, percent

_MOST_EMOTIONS: Final = 10
_MOST_GROUPS_NARROW: Final = 5
_STEP_NARROW: Final = 26
_FAR: Final = 2.0
_TONES: Final = {
    "at most half as often": "far-less",
    "less often": "less",
    "no clear difference": "track",
    "more often": "more",
    "at least twice as often": "far-more",
}
_GROUP_TOOLTIP: Final = tooltip(
    ("group", "group", None), ("name", "emotion", None), ("share", "share", ".1%"),
    ("low", "from", ".1%"), ("high", "to", ".1%"), ("others", "all others", ".1%"),
    ("carrying", "texts with it", ","), ("texts", "texts", ","),
)  # fmt: skip


def _tone(row: Row) -> str:
    """Say how a group's share compares with all others', where chance cannot explain it."""
    share, others = row["share"], row["others"]
    if not row["apart"]:
        return "no clear difference"
    if share > others:
        return "at least twice as often" if share >= _FAR * others else "more often"
    return "at most half as often" if others >= _FAR * share else "less often"


def _says(summary: Summary) -> str:
    clearest = summary.most_apart[:1]
    if not clearest:
        return "No group differs from the others by more than chance would have it."
    row = clearest[0]
    return (
        f"{len(summary.most_apart)} of {len(summary.groups)} shares stand apart; most clearly "
        f"“{row['group']}” in {carried(row['name'])}: {percent(row['share'])}, all others "
        f"{percent(row['others'])}."
    )


def groups_beside_each_other(summary: Summary) -> Figure:
    """Draw groups and emotions as a table of shares; those that stand apart are coloured."""
    names = [*summary.groupings, *summary.ranked(_MOST_EMOTIONS)]
    rows = [
        {**row, "shown": percent(row["share"]), "tone": _tone(row), "n": f"n {row['texts']:,}"}
        for row in summary.groups
        if row["name"] in names
    ]
    n_groups = len({row["group"] for row in rows})
    on_phone = (
        f" On a phone, the {_MOST_GROUPS_NARROW} largest of {n_groups} groups."
        if n_groups > _MOST_GROUPS_NARROW
        else ""
    )
    return Figure(
        "groups",
        "Groups beside each other",
        _says(summary),
        "Share of each group's texts that carry the emotion; n is how many texts the group has. "
        f"Coloured where it differs from all other texts; grey where chance could do it.{on_phone}",
        _wide_table(rows, names),
        _narrow_table(rows, names),
        rows,
        names,
    )


def _wide_table(rows: Sequence[Row], names: Sequence[str]) -> Spec:
    width = WIDE.width - WIDE.names - 60
    x = {"field": "name", "type": "nominal", "sort": names, "title": None,
         "axis": {"orient": "top", "labelAngle": -40}}  # fmt: skip
    counts = {
        "transform": [{"filter": {"field": "name", "equal": names[0]}}],
        "mark": {"type": "text", "align": "left", "color": colour("soft")},
        "encoding": {"x": {"value": width + 8}, "text": {"field": "n", "type": "nominal"}},
    }
    return _table(
        {"width": width, "height": {"step": 28}}, x, names_axis(WIDE, "group"), rows, [counts]
    )


def _narrow_table(rows: Sequence[Row], names: Sequence[str]) -> Spec:
    groups = list(dict.fromkeys(row["group"] for row in rows))[:_MOST_GROUPS_NARROW]
    x = {"field": "group", "type": "nominal", "sort": groups, "title": None,
         "axis": {"orient": "top", "labelAngle": -40, "labelLimit": 90}}  # fmt: skip
    y = names_axis(NARROW, "name", names)
    size = {
        "width": NARROW.width - NARROW.names - 34,
        "height": {"step": _STEP_NARROW},
        "transform": [{"filter": "indexof(shown, datum.group) >= 0"}],
    }
    below = {"value": len(names) * _STEP_NARROW + 12}
    soft: Spec = {"type": "text", "fontSize": 11, "color": colour("soft")}
    counts: list[Spec] = [
        {
            "transform": [{"filter": {"field": "name", "equal": names[0]}}],
            "mark": soft,
            "encoding": {"x": x, "y": below,
                         "text": {"field": "texts", "type": "quantitative", "format": ".3~s"}},
        },
        {
            "data": {"values": [{}]},
            "mark": {**soft, "align": "right", "text": "n"},
            "encoding": {"x": {"value": -8}, "y": below, "tooltip": {"value": None}},
        },
    ]  # fmt: skip
    return _table(size, x, y, rows, counts, shown=groups)


def _table(
    size: Spec, x: Spec, y: Spec, rows: Sequence[Row], more: Sequence[Spec], **values: Any
) -> Spec:
    legend = {
        "title": "than in all others",
        "titleColor": colour("soft"),
        "titleFontWeight": "normal",
        "orient": "bottom",
        "offset": 30,
        "columns": 2,
        "symbolType": "square",
    }
    tones = {"domain": list(_TONES), "range": [colour(name) for name in _TONES.values()]}
    ink = {"condition": {"test": "datum.apart", "value": colour("ink")}, "value": colour("soft")}
    return vega_lite(
        {
            **size,
            "encoding": {"y": y, "tooltip": _GROUP_TOOLTIP},
            "layer": [
                {
                    "mark": {"type": "rect", "cornerRadius": 2, "stroke": colour("card"),
                             "strokeWidth": 2},
                    "encoding": {"x": x, "color": {"field": "tone", "type": "nominal",
                                                   "scale": tones, "legend": legend}},
                },
                {
                    "mark": {"type": "text", "fontSize": 11},
                    "encoding": {"x": x, "text": {"field": "shown", "type": "nominal"},
                                 "color": ink},
                },
                *more,
            ],
        },
        rows,
        **values,
    )  # fmt: skip


def one_emotion_by_group(summary: Summary) -> Figure:
    """Draw one emotion, to be chosen: the share of each group with its interval."""
    carrying = {row["name"] for row in summary.groups if row["carrying"]}
    names = [*summary.groupings, *sorted(carrying & set(summary.labels))]
    apart = [row["name"] for row in summary.most_apart if row["name"] in names]
    first = (apart or summary.ranked(1) or names)[0]
    rows = [
        {**row, "value": f"{percent(row['share'])}  ·  n {row['texts']:,}"}
        for row in summary.groups
        if row["name"] in names
    ]
    says = (
        f"{carried(first).capitalize()} differs most clearly among groups."
        if apart
        else f"No group differs beyond chance; {first}, the most frequent emotion, is shown."
    )
    return Figure(
        "group_intervals",
        "One emotion by group",
        says,
        "Share of each group's texts and its 95% interval; the upright tick is the share in all "
        "other texts. Grey where chance could explain the difference.",
        _intervals_spec(rows, first, names, WIDE),
        _intervals_spec(rows, first, names, NARROW),
        rows,
        names,
    )


def _intervals_spec(rows: Sequence[Row], first: str, names: Sequence[str], size: Size) -> Spec:
    values = 110
    tint = {"condition": {"test": "datum.apart", "value": colour("accent")},
            "value": colour("neutral")}  # fmt: skip
    x = {"type": "quantitative", "title": None, "scale": {"zero": True},
         "axis": {"labelExpr": SHARE_LABEL, "tickCount": 3 if size.is_narrow else 5,
                  "labelOverlap": True, "labelSeparation": 8}}  # fmt: skip
    width = size.width - size.names - values
    return vega_lite(
        {
            "params": [emotion_selector(first, names)],
            "title": {"text": {"expr": "emotion"}},
            "width": width,
            "height": {"step": 26},
            "transform": [{"filter": "datum.name === emotion"}],
            "encoding": {"y": names_axis(size, "group"), "tooltip": _GROUP_TOOLTIP},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 2},
                    "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"},
                                 "color": tint},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                    "encoding": {"x": {**x, "field": "share"}, "color": tint},
                },
                {
                    "mark": {"type": "tick", "color": colour("ink"), "thickness": 1.5, "size": 14},
                    "encoding": {"x": {**x, "field": "others"}},
                },
                {
                    "mark": {"type": "text", "align": "left"},
                    "encoding": {"x": {"value": width + 8},
                                 "text": {"field": "value", "type": "nominal"}},
                },
            ],
        },
        rows,
    )  # fmt: skip
