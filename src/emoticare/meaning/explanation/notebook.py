"""A tinted text for a notebook: HTML without scripts or style sheets, for light and dark alike."""

from collections.abc import Sequence
from html import escape
from typing import Final

from emoticare.meaning.explanation.parts import Part
from emoticare.meaning.explanation.tint import Stretch, tinted

# Of middle brightness, under the notebook's own text.
_FOR: Final = "42,157,111"
_AGAINST: Final = "214,69,80"


def tinted_text(text: str, words: Sequence[Part], label: str, score: float) -> str:
    """Return the label, its score and the text: solid green speaks for it, dashed red against it.

    Args:
        text: The text; it becomes text, never markup.
        words: What of it was tried.
        label: Which to show the effects of.
        score: Of the label, in [0, 1].
    """
    spans = "".join(map(_span, tinted(text, words, label)))
    return (
        f'<div style="font-weight:600">{escape(label)} {score:.1%}</div>'
        '<div style="white-space:pre-wrap;overflow-wrap:anywhere;margin-bottom:.6em">'
        f"{spans}</div>"
    )


def _span(stretch: Stretch) -> str:
    if not stretch.strength:
        return escape(stretch.text)
    colour, line = (_FOR, "solid") if stretch.strength > 0 else (_AGAINST, "dashed")
    tint = 0.1 + 0.35 * abs(stretch.strength)
    style = f"background:rgba({colour},{tint:.2f});border-bottom:2px {line} rgb({colour})"
    return f'<span style="{style}" title="{stretch.effect:+.2f} nats">{escape(stretch.text)}</span>'
