"""A file that holds an array of JSON objects -> JSON lines, one object at a time."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import IO, Final

from emoticare.errors import DataError

_CHARS_AT_ONCE: Final = 2**16
_LONGEST_ITEM: Final = 64_000_000
_OUTSIDE_STRINGS: Final = re.compile(r'["\[\]{},]')
_INSIDE_STRINGS: Final = re.compile(r'["\\]')
_LINE_BREAKS: Final = str.maketrans("\r\n", "  ")
_OPENING: Final = "[{"
_CLOSING: Final = "]}"


class ArrayLines:
    """Reads the items of an array as if each stood on a line; see `line_groups`.

    Args:
        content: The bytes of the array, in UTF-8.

    Raises:
        DataError: If it is no array, or one that does not end.
    """

    def __init__(self, content: IO[bytes]) -> None:
        # Bytes that are not UTF-8 stay as they are, so that only their row is at fault.
        text = io.TextIOWrapper(content, "utf-8-sig", "surrogateescape", newline="")
        self._lines = _lines(iter(lambda: text.read(_CHARS_AT_ONCE), ""))

    def readline(self, _limit: int = -1) -> bytes:
        """Return the next item, b"" at the end."""
        return next(self._lines, b"")


def _lines(chunks: Iterator[str]) -> Iterator[bytes]:
    beginning = next((chunk for chunk in chunks if chunk.strip()), "").lstrip()
    if not beginning.startswith("["):
        raise DataError(
            "expected an array of objects, [{…}, {…}], found something else. If each line holds an "
            "object, say --input-format jsonl."
        )
    items = _Items()
    yield from items.cut(beginning[1:])
    for chunk in chunks:
        yield from items.cut(chunk)
    if not items.has_ended:
        raise DataError("expected an array that ends in ], found none. Copy the file anew.")


class _Items:
    """Cuts the text of an array into its items, wherever it is cut into chunks itself."""

    def __init__(self) -> None:
        self.has_ended = False
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._parts: list[str] = []
        self._n_chars = 0

    def cut(self, chunk: str) -> Iterator[bytes]:
        """Yield the items that end in a chunk."""
        start = 0
        for place in self._ends(chunk):
            item = "".join([*self._parts, chunk[start:place]]).strip().translate(_LINE_BREAKS)
            self._parts, self._n_chars, start = [], 0, place + 1
            self.has_ended = chunk[place] == "]"
            # Between two commas there must be something: what stands there is no JSON.
            if item or not self.has_ended:
                yield (item or "?").encode(errors="surrogateescape") + b"\n"
        self._keep(chunk[start:])

    def _ends(self, chunk: str) -> Iterable[int]:
        """Yield the places of the marks that end an item."""
        place = 1 if self._is_escaped else 0
        self._is_escaped = False
        while not self.has_ended:
            found = (_INSIDE_STRINGS if self._in_string else _OUTSIDE_STRINGS).search(chunk, place)
            if not found:
                return
            place = found.end()
            if found[0] == "\\":
                place += 1
                self._is_escaped = place > len(chunk)
            elif found[0] == '"':
                self._in_string = not self._in_string
            elif not self._depth and found[0] in ",]":
                yield found.start()
            else:
                self._depth += (found[0] in _OPENING) - (found[0] in _CLOSING and self._depth > 0)

    def _keep(self, rest: str) -> None:
        if self.has_ended:
            if rest.strip():
                raise DataError("expected one array, found more after its end. Copy the file anew.")
            return
        self._parts.append(rest)
        self._n_chars += len(rest)
        if self._n_chars > _LONGEST_ITEM:
            raise DataError(
                f"expected objects of at most {_LONGEST_ITEM} characters, found a longer one. "
                "Check that the file is what its name says."
            )
