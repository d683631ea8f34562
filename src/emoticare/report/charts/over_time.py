"""Charts over time: the sentiments, one emotion, the most frequent ones side by side."""

from typing import Any, Final

from emoticare.report.charts.vega import (
    ACCENT,
    WIDTH,
    Figure,
    Spec,
    emotion_selector,
    sentiment_colour,
    share_axis,
    tooltip,
    vega_lite,
)
from emoticare.report.summary import Summary

_MOST_MULTIPLES: Final = 12


def _time(**axis: Any) -> Spec:
    return {
        "field": "t",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"grid": False, "labelOverlap": True, **axis},
    }


_COURSE_TOOLTIP: Final = tooltip(
    ("when", "from", None),
    ("name", "emotion", None),
    ("smoothed", "share, smoothed", ".1%"),
    ("low", "from", ".1%"),
    ("high", "to", ".1%"),
    ("share", "share of these texts", ".1%"),
    ("texts", "texts", ","),
)


def _band_and_line(colour: Spec) -> list[Spec]:
    return [
        {
            "mark": {"type": "area", "opacity": 0.18},
            "encoding": {"y": share_axis("low", None), "y2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.2},
            "encoding": {"y": {"field": "smoothed", "type": "quantitative"}, "color": colour},
        },
    ]


def _hover(*, by_name: bool) -> Spec:
    """Invisible points that carry the tooltip."""
    return {
        "mark": {"type": "point", "filled": True, "size": 160, "opacity": 0},
        "encoding": {
            "y": {"field": "smoothed", "type": "quantitative"},
            "tooltip": _COURSE_TOOLTIP,
            **({"detail": {"field": "name"}} if by_name else {}),
        },
    }


def _counts(summary: Summary, name: str) -> Spec:
    return {
        "width": WIDTH - 60,
        "height": 56,
        "transform": [{"filter": {"field": "name", "equal": name}}],
        "mark": {"type": "area", "interpolate": "step-after", "color": "#c9c3d1"},
        "encoding": {
            "x": _time(labels=False),
            "y": {
                "field": "texts",
                "type": "quantitative",
                "title": f"texts by {summary.unit}",
                "axis": {"tickCount": 2, "format": "~s"},
            },
            "tooltip": tooltip(("when", "from", None), ("texts", "texts", ",")),
        },
    }


def sentiments_over_time(summary: Summary) -> Figure:
    """Draw the sentiments and, below, how many texts there are."""
    rows = [row for row in summary.course if row["name"] in summary.groupings]
    shown = rows or summary.course
    unit = summary.unit
    spec = vega_lite(
        {
            "vconcat": [
                {
                    "width": WIDTH - 60,
                    "height": 260,
                    "encoding": {"x": _time()},
                    "layer": [
                        *_band_and_line(sentiment_colour("name", summary.groupings)),
                        _hover(by_name=True),
                    ],
                },
                _counts(summary, shown[0]["name"]),
            ],
            "spacing": 8,
        },
        shown,
    )
    return Figure(
        "sentiments_over_time",
        "Feelings over time",
        f"Share of texts by {unit} that carry at least one emotion of the kind, smoothed, with "
        "95 % intervals; below, how many texts there are.",
        spec,
        shown,
    )


def one_emotion_over_time(summary: Summary) -> Figure:
    """Draw one emotion, to be chosen, with its lasting changes."""
    names = sorted({row["name"] for row in summary.course if row["name"] in summary.labels})
    first = next(
        (row["name"] for row in summary.changes if row["name"] in names), summary.ranked(1)[0]
    )
    unit = summary.unit
    rows = [row for row in summary.course if row["name"] in names]
    accent = {"value": ACCENT}
    chosen = [{"filter": "datum.name === emotion"}]
    spec = vega_lite(
        {
            "params": [emotion_selector(first, names)],
            "vconcat": [
                {
                    "width": WIDTH - 60,
                    "height": 240,
                    "title": {"text": {"expr": "emotion"}, "anchor": "start", "fontSize": 14},
                    "layer": [
                        {
                            "transform": chosen,
                            "encoding": {"x": _time()},
                            "layer": [
                                *_band_and_line(accent),
                                {
                                    "mark": {"type": "point", "filled": True, "opacity": 0.35,
                                             "color": "#6a6573"},
                                    "encoding": {
                                        "y": {"field": "share", "type": "quantitative"},
                                        "size": {"field": "texts", "type": "quantitative",
                                                 "legend": None, "scale": {"range": [6, 60]}},
                                        "tooltip": _COURSE_TOOLTIP,
                                    },
                                },
                                _change_rules(),
                                _hover(by_name=False),
                            ],
                        },
                    ],
                },
                _counts(summary, first),
            ],
            "spacing": 8,
        },
        rows,
    )  # fmt: skip
    return Figure(
        "emotion_over_time",
        "One emotion over time",
        f"Dots: share of the texts of each {unit}. Line and band: smoothed share and its 95 % "
        "interval. Dashed: a lasting change. Choose another emotion above.",
        spec,
        rows,
    )


def _change_rules() -> Spec:
    """Return a line at every bin, seen only where there is a change: a scale needs some data."""
    return {
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#1f1c24", "strokeWidth": 1.3},
        "encoding": {"opacity": {"condition": {"test": "datum.change", "value": 1}, "value": 0}},
    }


def emotions_over_time(summary: Summary) -> Figure:
    """Draw the most frequent emotions, each in a panel of its own."""
    names = summary.ranked(_MOST_MULTIPLES)
    rows = [row for row in summary.course if row["name"] in names]
    panels = [_panel(name) for name in names]
    spec = vega_lite(
        {"concat": panels, "columns": 3, "spacing": {"row": 26, "column": 26}},
        rows,
    )
    return Figure(
        "emotions_over_time",
        "The most frequent emotions over time",
        "Each on a scale of its own that begins at zero; smoothed shares with 95 % intervals, "
        "lasting changes dashed.",
        spec,
        rows,
    )


def _panel(name: str) -> Spec:
    chosen = [{"filter": {"field": "name", "equal": name}}]
    return {
        "title": {"text": name, "anchor": "start", "fontSize": 13},
        "width": 205,
        "height": 84,
        "layer": [
            {
                "transform": chosen,
                "encoding": {"x": _time(tickCount=3)},
                "layer": [
                    *_band_and_line({"value": ACCENT}),
                    _change_rules(),
                    _hover(by_name=False),
                ],
            },
        ],
    }
