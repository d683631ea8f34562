"""Text -> sentences, with their place in it; also of a text that comes piece by piece.

The sentencex library (Wikimedia) finds the ends of sentences. What stands here is for what it
leaves open: line breaks, lists, and sentences without an end.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MOST_CHARS: Final = 1000
"""Most characters of a sentence; a longer one is cut at white space."""

# Shorter or longer lines were not wrapped to fit a page, so that their break means something.
_WRAPPED_CHARS: Final = range(45, 101)
# Most characters kept in memory of a paragraph, or of a line, that does not end.
_MOST_BLOCK_CHARS: Final = 50_000
# Most characters that the library gets at once: the time that it takes, during which nothing else
# runs, grows with the square of them where there are quotes or, outside of ASCII, short sentences.
_MOST_SPLIT_CHARS: Final = 5000
# Most characters of a line that are looked at.
_MOST_LINE_CHARS: Final = 1000
_LIST_MARK: Final = re.compile(r"\s*(?:[-*+•‣◦–—]|\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t]+(?=\S)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# What belongs to the character before: joiners, second halves of pairs, tones of skin.
_JOINING: Final = frozenset(
    ["\u200d", *map(chr, range(0xDC00, 0xE000)), *map(chr, range(0x1F3FB, 0x1F400))]
)
_LINE_ENDS: Final = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class SentenceText:
    """A sentence on its way to its scores.

    Attributes:
        start: Where it begins in the whole text, in characters (code points).
        text: The sentence, exactly as it stands there.
        opens_paragraph: Whether it does not belong with the sentence before it.
    """

    start: int
    text: str
    opens_paragraph: bool

    def cut(self, most_chars: int) -> Iterator["SentenceText"]:
        """Yield the sentence without white space around it, in pieces if it is too long.

        Args:
            most_chars: Most characters of a piece, at least 1.
        """
        start, text, opens_paragraph = self.start, self.text, self.opens_paragraph
        while text:
            end = len(text) if len(text) <= most_chars else _place_to_cut(text, most_chars)
            piece = text[:end]
            if not piece.isspace():
                lead = len(piece) - len(piece.lstrip())
                yield SentenceText(start + lead, piece.strip(), opens_paragraph)
                opens_paragraph = False
            start, text = start + end, text[end:]


def split_sentences(pieces: Iterable[str]) -> Iterator[SentenceText]:
    """Yield the sentences of a text that comes in pieces, in order.

    They hold all of the text but white space between them, and do not depend on where it was cut
    into pieces. No more of it is kept in memory than its last paragraph, nor more of that than
    50,000 characters.
    """
    start = 0
    block = ""
    for line in _lines(pieces):
        if block and (_ends_block(block, line) or len(block) + len(line) > _MOST_BLOCK_CHARS):
            done = block
            if len(block) + len(line) > _MOST_BLOCK_CHARS:
                done = block[: _last_start(block)] or block
            yield from _sentences_of_block(done, start)
            start += len(done)
            block = block[len(done) :]
        block += line
    yield from _sentences_of_block(block, start)


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the lines, with their ends; a line too long for memory in parts."""
    rest = ""
    for piece in pieces:
        # A carriage return may be half of an end, which the next piece completes.
        *lines, rest = f"{rest}{piece}".splitlines(keepends=True) or [""]
        if rest.endswith("\n"):
            lines, rest = [*lines, rest], ""
        for line in lines:
            yield from _parts(line)
        while len(rest) > _MOST_BLOCK_CHARS:
            yield rest[:_MOST_BLOCK_CHARS]
            rest = rest[_MOST_BLOCK_CHARS:]
    yield from _parts(rest)


def _parts(line: str) -> Iterator[str]:
    for start in range(0, len(line), _MOST_BLOCK_CHARS):
        yield line[start : start + _MOST_BLOCK_CHARS]


def _ends_block(block: str, line: str) -> bool:
    """Return whether a sentence cannot go on from what has been read into the next line."""
    if block[-1] not in _LINE_ENDS:
        return False
    last = block[-_MOST_LINE_CHARS:].splitlines()[-1]
    is_wrapped = len(last.strip()) in _WRAPPED_CHARS
    return not is_wrapped or not line.strip() or bool(_LIST_MARK.match(line))


def _last_start(block: str) -> int:
    """Return where the last sentence begins, which may go on."""
    return _boundaries(block)[-1]


def _sentences_of_block(block: str, offset: int) -> Iterator[SentenceText]:
    if not block or block.isspace():
        return
    mark = _LIST_MARK.match(block)
    begin = mark.end() if mark else 0
    starts = [0, *(begin + start for start in _boundaries(block[begin:])[1:])]
    opens_paragraph = True
    for start, end in zip(starts, [*starts[1:], len(block)], strict=True):
        sentence = SentenceText(offset + start, block[start:end], opens_paragraph)
        for piece in sentence.cut(MOST_CHARS):
            yield piece
            opens_paragraph = False


def _boundaries(block: str) -> list[int]:
    """Return where sentences begin; the first is 0."""
    # The library takes no halves of surrogate pairs; any letter does for them and keeps all places.
    shown = block if block.isascii() else _SURROGATE.sub("\ufffd", block)
    starts = [0]
    begin = 0
    while begin < len(shown):
        end = begin + _MOST_SPLIT_CHARS
        found = [begin + start for start in _starts(shown[begin:end])]
        starts += found
        # The last sentence may go on, and is looked at again; one without an end never ends.
        begin = found[-1] if found and end < len(shown) else end
    return starts


def _starts(part: str) -> list[int]:
    """Return where further sentences begin."""
    from sentencex import get_sentence_boundaries

    found = (boundary["start_index"] for boundary in get_sentence_boundaries("en", part))
    return [start for start in found if start > 0]


def _place_to_cut(text: str, most_chars: int) -> int:
    """Return where to cut: after white space, or at least between what is seen as characters."""
    space = max(text.rfind(mark, most_chars // 2, most_chars) for mark in (" ", "\n", "\t"))
    if space > 0:
        return space + 1
    for place in range(most_chars, most_chars - most_chars // 4, -1):
        joins = unicodedata.category(text[place])[0] == "M" or text[place] in _JOINING
        if not joins and text[place - 1] != "\u200d":
            return place
    return most_chars
