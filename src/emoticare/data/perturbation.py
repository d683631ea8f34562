"""Small changes to a text that leave its emotions as they are: what careless writers do.

Every function takes the text and a source of chance, and gives the same text back where it finds
nothing to change.
"""

import re
from random import Random
from typing import Final

NAME_MASK: Final = "[NAME]"
"""What GoEmotions wrote in the place of people's names."""

FIRST_NAMES: Final = tuple(
    """
    Aaliyah Aisha Alejandro Amir Ana Anders Andrew Anna Anthony Aoife Ashley Bashir Beatriz Ben
    Bianca Brandon Brian Carlos Carmen Chen Chloe Chris Claire Connor Daniel Darius David DeShawn
    Diego Elena Elijah Emily Emma Eric Ethan Fatima Femi Fiona Gabriel George Giulia Grace Hana
    Hannah Hassan Hiroshi Ibrahim Imani Isabella Ivan Jack Jada Jake Jamal James Jasmine Jennifer
    Jessica Jin Joe John Jose Joseph Josh Julia Kamal Karen Kate Keisha Kevin Khalid Kofi Kwame
    Lakshmi LaToya Laura Lena Leo Li Liam Lily Linda Lucas Luis Maria Mark Mary Matt Mei Michael
    Miguel Mike Mohammed Molly Nadia Naomi Nia Nick Noah Olga Olivia Omar Oscar Patrick Paul Peter
    Priya Rachel Rahul Ravi Rosa Ryan Sam Samira Sarah Sergei Sofia Steve Svetlana Tamika Tanisha
    Thomas Tom Tyrone Venkat Wei Will Yasmin Yuki Yusuf Zoe
    """.split()  # noqa: SIM905 - words are read more easily than a list of them
)
"""Given names from many parts of the world, for the place of `NAME_MASK`."""

_WORD = re.compile(r"(?<![\[A-Za-z])[A-Za-z]{4,}")
_LONG_VOWEL = re.compile(r"[aeiouAEIOUyY](?=[A-Za-z]?\b)")
_NEIGHBOURS: Final = {
    key: [row[j] for j in (i - 1, i + 1) if 0 <= j < len(row)]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for i, key in enumerate(row)
}
_MOST_TYPOS = 3
_SHARE_MISSPELT = 0.1
_SHARE_DROPPED = 0.1


def misspell(text: str, chance: Random) -> str:
    """Make a typing error in one word of four letters or more, in up to three of a longer text."""
    words = list(_WORD.finditer(text))
    n_typos = min(_MOST_TYPOS, max(1, round(len(words) * _SHARE_MISSPELT)), len(words))
    for word in sorted(chance.sample(words, n_typos), key=re.Match.start, reverse=True):
        text = text[: word.start()] + _misspelt(word[0], chance) + text[word.end() :]
    return text


def _misspelt(word: str, chance: Random) -> str:
    """Swap, drops, doubles or mistakes a letter that is not the first."""
    i = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:i], word[i], word[i + 1 :]
    kind = chance.randrange(4)
    if kind == 0:
        return before + after[0] + letter + after[1:]
    if kind == 1:
        return before + after
    if kind == 2:  # noqa: PLR2004 - the third of four kinds
        return before + letter + letter + after
    return before + chance.choice(_NEIGHBOURS[letter.lower()]) + after


def drop_words(text: str, chance: Random) -> str:
    """Leave out about a tenth of the words, at least one; a text of three words is kept."""
    words = text.split()
    if len(words) <= 3:  # noqa: PLR2004 - too few to spare one
        return text
    n_dropped = max(1, round(len(words) * _SHARE_DROPPED))
    dropped = set(chance.sample(range(len(words)), n_dropped))
    return " ".join(word for i, word in enumerate(words) if i not in dropped)


def swap_words(text: str, chance: Random) -> str:
    """Exchange two neighbouring words."""
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 - a neighbour is needed
        return text
    i = chance.randrange(len(words) - 1)
    words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words)


def elongate(text: str, chance: Random) -> str:
    """Draw out the last vowel of a word: "so" becomes "sooooo"."""
    vowels = list(_LONG_VOWEL.finditer(text))
    if not vowels:
        return text
    vowel = chance.choice(vowels)
    return text[: vowel.end()] + vowel[0] * chance.randrange(2, 6) + text[vowel.end() :]


def unmask_names(text: str, chance: Random) -> str:
    """Put a given name wherever GoEmotions hid one behind `[NAME]`."""
    return re.sub(re.escape(NAME_MASK), lambda _: chance.choice(FIRST_NAMES), text)
