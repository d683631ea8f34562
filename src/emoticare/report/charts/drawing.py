"""Specifications -> pictures, without a browser."""

import json
import re
from typing import Any, Final

import vl_convert

from emoticare.report.charts.theme import colour, in_light
from emoticare.report.charts.vega import HOVER, Figure, Spec

_PIXELS_A_POINT: Final = 2
_ID: Final = re.compile(r'(\bid="|url\(#)')


def still(spec: Spec, prefix: str) -> str:
    """Draw a chart as SVG for a page, which gives the colours their values.

    Args:
        spec: Of the chart.
        prefix: Begins every id in the picture, so that pictures of one page do not share any.
    """
    quiet = _without_hover(spec)
    quiet["config"] = {**quiet["config"], "aria": False}
    drawn = vl_convert.vegalite_to_svg(quiet, allowed_base_urls=[])
    return _ID.sub(rf"\g<1>{prefix}-", drawn)


def to_png(figure: Figure) -> bytes:
    """Draw a chart as a picture in light colours."""
    spec = json.loads(in_light(json.dumps(figure.wide)))
    spec["config"]["background"] = in_light(colour("card"))
    return vl_convert.vegalite_to_png(spec, scale=_PIXELS_A_POINT, allowed_base_urls=[])


def _without_hover(part: Any) -> Any:
    """Leave out the layers that only answer to the pointer."""
    if isinstance(part, dict):
        return {key: _without_hover(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_without_hover(value) for value in part if not _is_hover(value)]
    return part


def _is_hover(part: Any) -> bool:
    return isinstance(part, dict) and str(part.get("name", "")).startswith(f"{HOVER}_")
