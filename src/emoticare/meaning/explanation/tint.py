"""How strongly a word is tinted, the same on a terminal, in a file and on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from emoticare.meaning.explanation.explanation import Explanation, Part

# An effect of a quarter nat hardly moves a probability; below it a text would be tinted by noise.
_FAINTEST = 0.25


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


def tinted(explanation: Explanation, label: str) -> list[Stretch]:
    """Cut the whole text into words and what lies between them, each with its tint.

    The strongest word of a label has the full tint.
    """
    words = explanation.words
    strongest = max([_FAINTEST, *(abs(word.effects[label]) for word in words)])
    stretches = []
    end = 0
    for word in words:
        stretches.append(Stretch(explanation.text[end : word.start], 0.0, None))
        effect = word.effects[label]
        strength = effect / strongest if abs(effect) >= _FAINTEST else 0.0
        stretches.append(Stretch(explanation.text[word.start : word.end], strength, effect))
        end = word.end
    stretches.append(Stretch(explanation.text[end:], 0.0, None))
    return [stretch for stretch in stretches if stretch.text]


def strongest_first(parts: Sequence[Part], label: str, most: int) -> list[Part]:
    """Return the parts that move a label most, up or down, without those that hardly do."""
    moving = [part for part in parts if abs(part.effects[label]) >= _FAINTEST]
    return sorted(moving, key=lambda part: -abs(part.effects[label]))[:most]
