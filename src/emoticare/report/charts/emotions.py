"""Charts of the emotions: how often each occurs, and which come together."""

from typing import Final

from emoticare.report.charts.vega import (
    COLOURS,
    PERCENT,
    WIDTH,
    Figure,
    sentiment_colour,
    share_axis,
    tooltip,
    vega_lite,
)
from emoticare.report.summary import Summary

_MOST_PAIRED: Final = 15


def emotions_overall(summary: Summary) -> Figure:
    """Draw how often each emotion occurs, with intervals."""
    rows = [row for row in summary.overall if row["name"] in summary.labels]
    rows = sorted(rows, key=lambda row: -row["texts"])
    y = {"field": "name", "type": "nominal", "title": None, "sort": None}
    spec = vega_lite(
        {
            "width": WIDTH - 120,
            "height": {"step": 20},
            "encoding": {"y": y, "tooltip": tooltip(
                ("name", "emotion", None), ("texts", "texts", ","), ("share", "share", ".1%"),
                ("low", "from", ".1%"), ("high", "to", ".1%"),
            )},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 12, "cornerRadiusEnd": 2},
                    "encoding": {
                        "x": share_axis("share", "share of texts"),
                        "color": sentiment_colour("sentiment", list(COLOURS)),
                    },
                },
                {
                    "mark": {"type": "rule", "color": "#1f1c24", "strokeWidth": 1.5},
                    "encoding": {"x": {"field": "low", "type": "quantitative"},
                                 "x2": {"field": "high"}},
                },
            ],
        },
        rows,
    )  # fmt: skip
    return Figure(
        "emotions",
        "How often each emotion occurs",
        "Share of texts that carry the emotion; a text may carry several. The dark line is the "
        "95 % interval.",
        spec,
        rows,
    )


def emotions_together(summary: Summary) -> Figure | None:
    """Draw which emotions come together; None where none do."""
    names = summary.ranked(_MOST_PAIRED)
    rows = [row for row in summary.together if row["first"] in names and row["second"] in names]
    if not any(row["both"] for row in rows):
        return None
    cell = {"type": "rect", "cornerRadius": 2, "stroke": "#ffffff", "strokeWidth": 1.5}
    spec = vega_lite(
        {
            "width": WIDTH - 180,
            "height": {"step": 24},
            "encoding": {
                "x": {"field": "second", "type": "nominal", "sort": names, "title": None,
                      "axis": {"orient": "top", "labelAngle": -40}},
                "y": {"field": "first", "type": "nominal", "sort": names, "title": None},
                "tooltip": tooltip(
                    ("first", "of texts with", None), ("second", "also carry", None),
                    ("share", "share", ".1%"), ("both", "texts", ","),
                    ("lift", "times as often as by chance", None),
                ),
            },
            "layer": [
                {
                    "mark": cell,
                    "encoding": {"color": {
                        "field": "share", "type": "quantitative",
                        "scale": {"range": ["#f7f5f9", "#5b3fd6"], "domain": [0, 0.7],
                                  "clamp": True},
                        "legend": {"title": "share", "format": PERCENT, "orient": "bottom",
                                   "gradientLength": 220, "titleFontWeight": "normal"},
                    }},
                },
                {
                    "transform": [{"filter": "datum.share >= 0.005"}],
                    "mark": {"type": "text", "fontSize": 11},
                    "encoding": {
                        "text": {"field": "share", "type": "quantitative", "format": PERCENT},
                        "color": {"condition": {"test": "datum.share > 0.4", "value": "#ffffff"},
                                  "value": "#1f1c24"},
                    },
                },
            ],
        },
        rows,
    )  # fmt: skip
    return Figure(
        "together",
        "Emotions that come together",
        "Of the texts that carry the emotion of the row, how many also carry that of the column.",
        spec,
        rows,
    )
