"""Scores as bars in a notebook: HTML without scripts or style sheets, for light and dark alike.

All colours are of middle brightness, or that of the notebook's own text, so that they are read on
either background.
"""

from collections.abc import Collection, Mapping
from html import escape
from typing import Final

from emoticare.labels import SENTIMENTS

_OF_SENTIMENT: Final = {"positive": "#2a9d6f", "negative": "#d64550", "ambiguous": "#c28a1b"}
_OTHER: Final = "#7d8799"
_COLOUR_OF: Final = {
    label: _OF_SENTIMENT[sentiment] for sentiment, labels in SENTIMENTS.items() for label in labels
} | _OF_SENTIMENT
_BOX: Final = "color:inherit;font:14px/1.6 system-ui,sans-serif;max-width:36em"
_ROW: Final = "display:flex;align-items:center;gap:.75em"
_TRACK: Final = "flex:1;height:.6em;border-radius:.3em;background:rgba(128,128,128,.22)"


def boxed(*parts: str) -> str:
    """Return one box of parts that are HTML already."""
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def note(text: str) -> str:
    """Return a line of small print; the text becomes text, never markup."""
    return f'<div style="font-size:12px;opacity:.8">{escape(text)}</div>'


def score_bars(scores: Mapping[str, float], found: Collection[str]) -> str:
    """Return a bar for each score.

    Args:
        scores: Numbers from 0 to 1 by name, in the order to show them.
        found: Names that stand out; the others are dimmed.
    """
    return "".join(_bar(name, score, name in found) for name, score in scores.items())


def _bar(name: str, score: float, is_found: bool) -> str:
    weight = "font-weight:600" if is_found else "opacity:.75"
    colour = _COLOUR_OF.get(name, _OTHER)
    fill = f"width:{score:.1%};height:100%;border-radius:.3em;background:{colour}"
    return (
        f'<div style="{_ROW};{weight}"><span style="width:8.5em;overflow-wrap:anywhere">'
        f'{escape(name)}</span><span style="{_TRACK}"><span style="display:block;{fill}"></span>'
        f'</span><span style="width:4em;text-align:right">{score:.1%}</span></div>'
    )
