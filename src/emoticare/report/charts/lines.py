"""What charts over time share: lines with bands, bars of texts, what the pointer shows."""

from collections.abc import Sequence
from typing import Final

from emoticare.report.charts.theme import colour
from emoticare.report.charts.vega import (
    HOVER,
    Size,
    Spec,
    sentiment_colour,
    share_axis,
    tooltip,
)
from emoticare.report.summary import Row, Summary

_AXIS: Final = 52
"""Pixels for the numbers at the left of a scale."""
_LINE_NAMES: Final = 76
"""Pixels for the names at the right ends of lines."""
_ROOM_ABOVE: Final = 1.15
_COURSE_TOOLTIP: Final = tooltip(
    ("when", "from", None),
    ("name", "emotion", None),
    ("smoothed", "share, smoothed", ".1%"),
    ("low", "from", ".1%"),
    ("high", "to", ".1%"),
    ("share", "share of these texts", ".1%"),
    ("texts", "texts", ","),
)


def time_axis(field: str = "middle", *, labels: bool = True, ticks: int = 6) -> Spec:
    """Return an encoding of time."""
    axis = {"grid": False, "labelOverlap": True, "tickCount": ticks, "labels": labels}
    return {
        "field": field,
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": axis,
    }


def whole_period() -> Spec:
    """Return what is not seen and stretches the time from the first bin to the last one's end."""
    return {
        "transform": [{"filter": "datum.t === first || datum.t === last"}],
        "mark": {"type": "rule", "opacity": 0},
        "encoding": {
            "x": {"field": "t", "type": "temporal", "scale": {"type": "utc"}},
            "x2": {"field": "end"},
            "y": {"value": 0},
        },
    }


def ends_of_period(summary: Summary) -> dict[str, int]:
    """Return the values that charts over time name `first` and `last`: their bins."""
    return {"first": summary.course[0]["t"], "last": summary.course[-1]["t"]}


def highest_of(rows: Sequence[Row]) -> float:
    """Return where a scale of these rows ends: a wide interval may reach beyond it."""
    known = [row for row in rows if row["smoothed"] is not None]
    most = max((row["smoothed"] for row in known), default=0.0)
    highs = max((row["high"] for row in known), default=1.0)
    return min(1.0, highs, 1.5 * most * _ROOM_ABOVE) or 0.01


def band_and_line() -> list[Spec]:
    """Return intervals and the line within; where nothing is known there is a gap."""
    tint = sentiment_colour("sentiment")
    return [
        {
            "mark": {"type": "area", "opacity": 0.16, "clip": True},
            "encoding": {"y": share_axis("low"), "y2": {"field": "high"}, "color": tint},
        },
        {
            # A bin alone between gaps is a dot, thanks to the cap.
            "mark": {"type": "line", "strokeWidth": 2.2, "strokeCap": "round"},
            "encoding": {"y": share_axis("smoothed"), "color": tint},
        },
    ]


def hover(panel: int = 0) -> list[Spec]:
    """Return a rule and invisible points that answer to the pointer; panels do it one by one."""
    param = f"near_{panel}"
    near = {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout",
            "encodings": ["x"]}  # fmt: skip
    shown = {"condition": {"param": param, "empty": False, "value": 0.5}, "value": 0}
    return [
        {
            "name": f"{HOVER}_rule_{panel}",
            "mark": {"type": "rule", "color": colour("soft")},
            "encoding": {"opacity": shown},
        },
        {
            "name": f"{HOVER}_point_{panel}",
            "params": [{"name": param, "select": near}],
            "mark": {"type": "point", "filled": True, "size": 120, "opacity": 0},
            "encoding": {
                "y": share_axis("smoothed"),
                "detail": {"field": "name"},
                "tooltip": _COURSE_TOOLTIP,
            },
        },
    ]


def bars_of_texts(summary: Summary, size: Size, name: str) -> Spec:
    """Return bars of how many texts each bin has, as wide as the bins are."""
    title = {"text": f"texts by {summary.unit}", "fontSize": 12, "fontWeight": "normal",
             "color": colour("soft")}  # fmt: skip
    return {
        "name": "texts",
        "title": title,
        "width": plot_width(size),
        "height": 52,
        "transform": [{"filter": {"field": "name", "equal": name}}],
        "mark": {"type": "rect", "color": colour("count")},
        "encoding": {
            "x": time_axis("t", labels=False),
            "x2": {"field": "end"},
            "y": {
                "field": "texts",
                "type": "quantitative",
                "title": None,
                "axis": {"tickCount": 2, "format": "~s", "grid": False, "minExtent": _AXIS},
            },
            "y2": {"datum": 0},
            "tooltip": tooltip(("when", "from", None), ("texts", "texts", ",")),
        },
    }


def plot_width(size: Size) -> int:
    """Return the width that is left for the plot."""
    return size.width - _AXIS - _LINE_NAMES


def with_room_at_the_left(encoded: list[Spec]) -> list[Spec]:
    """Make room of the same width at the left of charts that stand above each other."""
    for layer in encoded:
        y = layer.get("encoding", {}).get("y", {})
        if y.get("axis"):
            y["axis"] = {**y["axis"], "minExtent": _AXIS}
    return encoded
