"""A tinted text for a notebook: HTML without scripts or style sheets, for light and dark alike."""

from collections.abc import Sequence
from html import escape
from typing import Final

from emoticare.meaning.explanation.tint import Stretch

# Of middle brightness, under the notebook's own text.
_FOR: Final = "42,157,111"
_AGAINST: Final = "214,69,80"
_WRAPPED: Final = "white-space:pre-wrap;overflow-wrap:anywhere"


def tinted_text(
    context: Sequence[Stretch], text: Sequence[Stretch], label: str, score: float
) -> str:
    """Return the label, its score and the text: solid green speaks for it, dashed red against it.

    Args:
        context: What was said before the text; it becomes text, never markup.
        text: The text, likewise.
        label: Which they are tinted for.
        score: Of the label, in [0, 1].
    """
    said_before = (
        f'<div style="{_WRAPPED};opacity:.75;font-size:.9em">{_spans(context)}</div>'
        if context
        else ""
    )
    return (
        f'<div style="font-weight:600">{escape(label)} {score:.1%}</div>{said_before}'
        f'<div style="{_WRAPPED};margin-bottom:.6em">{_spans(text)}</div>'
    )


def _spans(stretches: Sequence[Stretch]) -> str:
    return "".join(map(_span, stretches))


def _span(stretch: Stretch) -> str:
    if not stretch.strength:
        return escape(stretch.text)
    colour, line = (_FOR, "solid") if stretch.strength > 0 else (_AGAINST, "dashed")
    tint = 0.1 + 0.35 * abs(stretch.strength)
    style = f"background:rgba({colour},{tint:.2f});border-bottom:2px {line} rgb({colour})"
    return f'<span style="{style}" title="{stretch.effect:+.2f} nats">{escape(stretch.text)}</span>'
