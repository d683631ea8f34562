"""How strongly a word is tinted, the same on a terminal, in a file and on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from emoticare.meaning.explanation.parts import FAINTEST, Part


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text in one tint.

    Attributes:
        text: Its characters, line feeds included.
        strength: From -1 (speaks most against the label) to 1 (most for it); 0 for no tint.
        effect: Change of the label's log odds; None between the words.
    """

    text: str
    strength: float
    effect: float | None


def strongest(words: Sequence[Part], label: str) -> float:
    """Return the effect of full tint: that of the word which moves a label most, up or down."""
    return max([FAINTEST, *(abs(word.effects[label]) for word in words)])


def tinted(text: str, words: Sequence[Part], label: str, most: float) -> list[Stretch]:
    """Cut the whole text into words and what lies between them, each with its tint.

    Args:
        text: The text.
        words: What of it was tried.
        label: Which to show the effects of.
        most: The effect of full tint, as `strongest` returns it.
    """
    stretches = []
    end = 0
    for word in words:
        stretches.append(Stretch(text[end : word.start], 0.0, None))
        effect = word.effects[label]
        strength = effect / most if abs(effect) >= FAINTEST else 0.0
        stretches.append(Stretch(text[word.start : word.end], strength, effect))
        end = word.end
    stretches.append(Stretch(text[end:], 0.0, None))
    return [stretch for stretch in stretches if stretch.text]
