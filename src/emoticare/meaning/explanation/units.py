"""Text -> the words that are occluded one by one, with their places in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

# Letters, digits and what joins them into one word; marks that change the letter before them.
_MARKS: Final = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f"
_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS: Final = rf"(?:[^\W_{_CJK}]++[{_MARKS}]*+)++"
_UNIT: Final = re.compile(
    r"\s++|("
    r"\[[A-Z]{1,20}\]"  # the data set's marks, such as [NAME]
    rf"|{_LETTERS}(?:['’.-]{_LETTERS})*+"  # don't, well-known, e.g
    rf"|[{_CJK}]"  # written without spaces: a sign is a word
    r"|[!-/:-@\[-`{-~…]++"  # a run of punctuation
    r"|[^\w\s!-~…]++|_"  # a run of emoji and other signs
    r")"
)
_FUNCTION_WORDS: Final = frozenset(
    """
    a an the this that these those all some any each
    i me my mine you your yours he him his she her hers it its we us our ours they them their
    i'm i've i'd i'll you're you've we're we've they're he's she's it's that's there's myself
    who whom whose which what where when
    of to in on at by for from with about into onto over under after before during through as than
    and or nor if then because while since until
    am is are was were be been being do does did have has had will would shall should can could may
    might must there here
    , . : ; - ( ) [ ] " '
    """.split()  # noqa: SIM905 - words are read as words
)
# Longer ones are one unknown token to the model, and stay so when they are cut.
_LONGEST_WORD: Final = 128


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a text that is occluded as one.

    Attributes:
        start: Place of its first character in the text.
        end: Place after its last character.
    """

    start: int
    end: int


def split_units(text: str, most: int) -> list[Unit]:
    """Return the words, punctuation runs and emoji runs of a text, in order.

    Args:
        text: Any text.
        most: How many of them to return at most.
    """
    return list(islice(iterate_units(text), most))


def content_spans(text: str, units: Sequence[Unit], enough: int) -> list[Unit]:
    """Leave out what carries no emotion by itself: articles, pronouns, prepositions, commas.

    Args:
        text: The text.
        units: Its units.
        enough: A text of no more units keeps all, and so does one that would keep none.
    """
    if len(units) <= enough:
        return list(units)
    return [
        unit for unit in units if text[unit.start : unit.end].lower() not in _FUNCTION_WORDS
    ] or list(units)


def merge_units(units: Sequence[Unit], most: int) -> list[Unit]:
    """Join neighbours into phrases of like many words, so that there are at most so many."""
    n_phrases = min(len(units), most)
    ends = [len(units) * i // n_phrases for i in range(1, n_phrases + 1)]
    starts = [0, *ends][:n_phrases]
    return [
        Unit(units[start].start, units[end - 1].end)
        for start, end in zip(starts, ends, strict=True)
    ]


def compact(text: str, units: Sequence[Unit]) -> tuple[str, list[Unit]]:
    """Return the units alone, long ones cut, one space where the text has something between them.

    What a model reads of it is what it reads of the text; its length is bounded by the units.

    Returns:
        The compact text, and the place of each unit in it.
    """
    parts: list[str] = []
    places: list[Unit] = []
    end, length = 0, 0
    for unit in units:
        gap = " " if unit.start > end else ""
        part = text[unit.start : min(unit.end, unit.start + _LONGEST_WORD)]
        start = length + len(gap)
        length = start + len(part)
        places.append(Unit(start, length))
        parts += (gap, part)
        end = unit.end
    return "".join(parts), places


def iterate_units(text: str) -> Iterator[Unit]:
    """Yield what `split_units` returns, reading the text as it goes."""
    for match in _UNIT.finditer(text):
        if match[1]:
            yield Unit(*match.span(1))
