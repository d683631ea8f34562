"""What the charts share: their sizes, look, axes and tooltips, as Vega-Lite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from emoticare.report.charts.theme import colour, sentiment_colours
from emoticare.report.summary import Row

Spec = dict[str, Any]

HOVER: Final = "hover"
"""Begins the names of layers that only answer to the pointer."""
SHARE_LABEL: Final = "format(100 * datum.value, '.3~r') + '%'"
"""Of an axis, as the words of a report write a share."""
_FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Liberation Sans, sans-serif"


@dataclass(frozen=True)
class Size:
    """How large a chart is drawn.

    Attributes:
        width: Of all of it, in pixels.
        names: Of these, for names at its left.
        is_narrow: Whether it is for a phone.
    """

    width: int
    names: int
    is_narrow: bool = False


WIDE: Final = Size(800, 130)
NARROW: Final = Size(330, 112, is_narrow=True)
SIZES: Final = (WIDE, NARROW)


@dataclass(frozen=True)
class Figure:
    """One chart.

    Attributes:
        name: Of its files, and its id on the page.
        title: A heading.
        says: What there is to see in it, in one sentence.
        caption: How to read it.
        wide: Vega-Lite for a screen or a sheet, with its data.
        narrow: The same for a phone.
        table: What is drawn, as it goes into the CSV file.
        names: The emotions and groupings it shows, in order; empty where its rows are no columns.
    """

    name: str
    title: str
    says: str
    caption: str
    wide: Spec
    narrow: Spec
    table: Sequence[Row]
    names: Sequence[str] = ()


def vega_lite(parts: Spec, rows: Sequence[Row], **values: Any) -> Spec:
    """Return a whole specification, the data in it.

    Args:
        parts: What is drawn.
        rows: Its data.
        values: What follows from the data; expressions name it, and the page's script changes it.
    """
    params = [{"name": name, "value": value} for name, value in values.items()]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": _config(),
        "data": {"name": "table"},
        **parts,
        "datasets": {"table": list(rows), **parts.get("datasets", {})},
        "params": [*parts.get("params", []), *params],
    }


def _config() -> Spec:
    label = {"labelColor": colour("soft"), "labelFontSize": 12}
    return {
        "font": _FONT,
        "background": None,
        # Letters may be wider where it is shown than where it was drawn.
        "padding": {"left": 2, "top": 2, "bottom": 2, "right": 26},
        "view": {"stroke": None},
        "text": {"fontSize": 12, "color": colour("ink")},
        "title": {"color": colour("ink"), "fontSize": 13, "anchor": "start", "offset": 6},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": colour("line"),
            "labelPadding": 6,
            "title": None,
            **label,
        },
        "axisBand": {"grid": False, "labelColor": colour("ink")},
        "legend": {"symbolOpacity": 1, **label},
    }


def names_axis(size: Size, field: str = "name", sort: Sequence[str] | None = None) -> Spec:
    """Return an encoding of names at the left, from top to bottom as the rows have them."""
    return {
        "field": field,
        "type": "nominal",
        "sort": sort,
        "title": None,
        "axis": {"labelLimit": size.names - 8, "minExtent": size.names, "maxExtent": size.names},
    }


def share_axis(field: str, *, is_shown: bool = True) -> Spec:
    """Return an encoding of shares as percentages, from zero to the chart's value `most`."""
    axis = {"labelExpr": SHARE_LABEL, "tickCount": 4}
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, {"expr": "most"}], "nice": False},
        "axis": axis if is_shown else None,
    }


def tooltip(*fields: tuple[str, str, str | None]) -> list[Spec]:
    """Return a tooltip of fields, each with its title and the format of a number."""
    return [
        {"field": field, "title": title, **({"format": number} if number else {})}
        for field, title, number in fields
    ]


def sentiment_colour(field: str) -> Spec:
    """Return the colours of sentiments, without a legend: names stand at what they name."""
    colours = sentiment_colours()
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": None,
    }


def emotion_selector(first: str, names: Sequence[str]) -> Spec:
    """Return a list to choose the emotion that is shown."""
    bind = {"input": "select", "options": list(names), "name": "Emotion "}
    return {"name": "emotion", "value": first, "bind": bind}
