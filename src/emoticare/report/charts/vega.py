"""What the charts share: their look, axes and tooltips, as Vega-Lite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from emoticare.report.summary import Row

Spec = dict[str, Any]

WIDTH: Final = 780
COLOURS: Final = {
    "positive": "#0b7a5c",
    "negative": "#c0313b",
    "ambiguous": "#b07410",
    "neutral": "#6a6573",
}
ACCENT: Final = "#5b3fd6"
PERCENT: Final = ".0%"
_FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Liberation Sans, sans-serif"
_CONFIG: Final[Spec] = {
    "font": _FONT,
    "background": "#ffffff",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": "#ebe7ee",
        "labelColor": "#5d5866",
        "labelFontSize": 12,
        "labelPadding": 6,
        "titleColor": "#5d5866",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "axisBand": {"grid": False, "labelColor": "#1f1c24"},
    "header": {"labelColor": "#1f1c24", "labelFontSize": 13, "labelFontWeight": 600},
    "legend": {"labelColor": "#1f1c24", "labelFontSize": 12, "symbolOpacity": 1},
}


@dataclass(frozen=True)
class Figure:
    """One chart.

    Attributes:
        name: Of its files, and its id on the page.
        title: A heading.
        caption: What it shows and how to read it.
        spec: Vega-Lite, with its data.
        table: What is drawn, as it goes into the CSV file.
    """

    name: str
    title: str
    caption: str
    spec: Spec
    table: Sequence[Row]


def vega_lite(parts: Spec, table: Sequence[Row]) -> Spec:
    """Return a whole specification, the data in it."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": _CONFIG,
        "data": {"name": "table"},
        "datasets": {"table": list(table)},
        **parts,
    }


def share_axis(field: str, title: str | None, **more: Any) -> Spec:
    """Return an encoding of shares as percentages; `more` replaces parts of it."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"format": PERCENT, "tickCount": 5},
        **more,
    }


def tooltip(*fields: tuple[str, str, str | None]) -> list[Spec]:
    """Return a tooltip of fields, each with its title and the format of a number."""
    return [
        {"field": field, "title": title, **({"format": number} if number else {})}
        for field, title, number in fields
    ]


def sentiment_colour(field: str, names: Sequence[str]) -> Spec:
    """Return the colours of sentiments, with a legend."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": [COLOURS[name] for name in names]},
        "legend": {"title": None, "orient": "top"},
    }


def emotion_selector(first: str, names: Sequence[str]) -> Spec:
    """Return a list to choose the emotion that is shown."""
    bind = {"input": "select", "options": list(names), "name": "Emotion "}
    return {"name": "emotion", "value": first, "bind": bind}
