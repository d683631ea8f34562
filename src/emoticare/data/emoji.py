"""Emoji and emoticons, what they are called and which emotions they stand for."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "emoji.tsv"


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji, without variation selector and skin tone, or one emoticon.

    Attributes:
        text: The characters themselves.
        name: Plain words for it, in lower case: most are those of the Unicode Character Database.
        emotions: GoEmotions labels that it mostly stands for; empty for a pizza.
    """

    text: str
    name: str
    emotions: tuple[str, ...]


@cache
def read_emoji() -> tuple[Emoji, ...]:
    """Return the table: first what carries emotions, then other common emoji, then emoticons."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(
        Emoji(text, name, tuple(filter(None, emotions.split(",")))) for text, name, emotions in rows
    )
