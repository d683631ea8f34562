"""Charts of groups: all beside each other, and one emotion with intervals."""

from typing import Final

from emoticare.report.charts.vega import (
    ACCENT,
    PERCENT,
    WIDTH,
    Figure,
    emotion_selector,
    share_axis,
    tooltip,
    vega_lite,
)
from emoticare.report.summary import Summary

_GROUP_TOOLTIP: Final = tooltip(
    ("group", "group", None), ("name", "emotion", None), ("share", "share", ".1%"),
    ("low", "from", ".1%"), ("high", "to", ".1%"), ("others", "all others", ".1%"),
    ("carrying", "texts with it", ","), ("texts", "texts", ","),
)  # fmt: skip


def groups_beside_each_other(summary: Summary) -> Figure:
    """Draw groups and emotions as a table of shares, coloured by how far they stand apart."""
    names = [*summary.groupings, *summary.ranked(10)]
    rows = [row for row in summary.groups if row["name"] in names]
    most = max((abs(row["points"]) for row in rows), default=0.0) or 1.0
    x = {"field": "name", "type": "nominal", "sort": names, "title": None,
         "axis": {"orient": "top", "labelAngle": -40}}  # fmt: skip
    spec = vega_lite(
        {
            "width": WIDTH - 160,
            "height": {"step": 28},
            "encoding": {
                "x": x,
                "y": {"field": "group", "type": "nominal", "sort": None, "title": None,
                      "axis": {"labelLimit": 160}},
                "tooltip": _GROUP_TOOLTIP,
            },
            "layer": [
                {
                    "mark": {"type": "rect", "cornerRadius": 2, "stroke": "#ffffff",
                             "strokeWidth": 2},
                    "encoding": {
                        "color": {
                            "field": "points",
                            "type": "quantitative",
                            "scale": {"range": ["#5b9bd5", "#f7f5f9", "#f0a23c"],
                                      "interpolate": "rgb",
                                      "domain": [-most, 0, most]},
                            "legend": {"title": "percentage points against all others",
                                       "format": "+.0f",
                                       "orient": "bottom", "gradientLength": 220,
                                       "titleLimit": 400, "titleFontWeight": "normal"},
                        }
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": 11, "color": "#1f1c24"},
                    "encoding": {"text": {"field": "share", "type": "quantitative",
                                          "format": PERCENT}},
                },
            ],
        },
        rows,
    )  # fmt: skip
    return Figure(
        "groups",
        "Groups beside each other",
        "Share of each group's texts that carry the emotion. Colour: how much more (orange) or "
        "less (blue) than in all other texts.",
        spec,
        rows,
    )


def one_emotion_by_group(summary: Summary) -> Figure:
    """Draw one emotion, to be chosen: the share of each group with its interval."""
    carried = {row["name"] for row in summary.groups if row["carrying"]}
    names = [*summary.groupings, *sorted(carried & set(summary.labels))]
    apart = max(summary.groups, key=lambda row: abs(row["z"]))["name"]
    rows = [row for row in summary.groups if row["name"] in names]
    spec = vega_lite(
        {
            "params": [emotion_selector(apart if apart in names else names[0], names)],
            "title": {"text": {"expr": "emotion"}, "anchor": "start", "fontSize": 14},
            "width": WIDTH - 160,
            "height": {"step": 26},
            "transform": [{"filter": "datum.name === emotion"}],
            "encoding": {
                "y": {"field": "group", "type": "nominal", "sort": None, "title": None,
                      "axis": {"labelLimit": 160}},
                "tooltip": _GROUP_TOOLTIP,
            },
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "color": ACCENT},
                    "encoding": {"x": share_axis("low", "share of texts", scale={"zero": True}),
                                 "x2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1,
                             "color": ACCENT},
                    "encoding": {"x": {"field": "share", "type": "quantitative"}},
                },
                {
                    "mark": {"type": "tick", "color": "#1f1c24", "thickness": 1.5, "size": 14},
                    "encoding": {"x": {"field": "others", "type": "quantitative"}},
                },
            ],
        },
        rows,
    )  # fmt: skip
    return Figure(
        "group_intervals",
        "One emotion by group",
        "Share of each group's texts and its 95 % interval; the dark tick is the share in all "
        "other texts. Choose another emotion above.",
        spec,
        rows,
    )
