"""A chat as a parser leaves it: turns, and what could not be read."""

import html
from dataclasses import dataclass, field
from typing import Final

from emoticare.meaning.conversation.turns import Turn

_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read; never quotes it.

    Attributes:
        place: Where, such as "line 4" or "message 17".
        reason: Why.
    """

    place: str
    reason: str


@dataclass
class ParsedChat:
    """What a file holds.

    Attributes:
        format: The name of its format.
        turns: The turns, in the order of the file.
        problems: The first hundred places that could not be read.
        n_problems: How many there are.
        n_skipped: What nobody said, or not in words: notes of the service, pictures, calls.
    """

    format: str
    turns: list[Turn] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    n_problems: int = 0
    n_skipped: int = 0

    def add_problem(self, place: str, reason: str) -> None:
        """Note what could not be read."""
        self.n_problems += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(place, reason))

    def add_turn(self, text: str, speaker: str, time: object = None) -> None:
        """Add a turn, unless it holds no words."""
        if text.strip():
            self.turns.append(Turn(text.strip(), speaker, time))  # type: ignore[arg-type]
        else:
            self.n_skipped += 1


def unescape_html(text: str) -> str:
    """Return the text with its character references resolved, unless a number is too long."""
    try:
        return html.unescape(text)
    except ValueError:  # a number of more digits than Python converts
        return text
