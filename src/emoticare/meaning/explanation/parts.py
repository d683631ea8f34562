"""Stretches of a text, what each does to the emotions, and which do most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

# An effect of a quarter nat hardly moves a probability; below it a text would be tinted by noise.
FAINTEST: Final = 0.25
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text and what it does.

    Attributes:
        start: Place of its first character in the text.
        end: Place after its last character.
        effects: For every label the change of its log odds (the logit, in nats) that the part
            makes: above 0 it speaks for the label, below 0 against it. Log odds, unlike
            probabilities, still move where a label is nearly certain.
    """

    start: int
    end: int
    effects: dict[str, float]

    def to_dict(self, labels: Sequence[str] | None = None) -> dict[str, Any]:
        """Return it as JSON holds it, effects with four decimals.

        Args:
            labels: The labels whose effects to give; all of the model by default.
        """
        chosen = self.effects if labels is None else labels
        return {
            "start": self.start,
            "end": self.end,
            "effects": {label: round(self.effects[label], _DECIMALS) for label in chosen},
        }


def strongest_first(parts: Sequence[Part], label: str, most: int) -> list[Part]:
    """Return the parts that move a label most, up or down, without those that hardly do."""
    moving = [part for part in parts if abs(part.effects[label]) >= FAINTEST]
    return sorted(moving, key=lambda part: -abs(part.effects[label]))[:most]
