"""What is wrong with rows of a data file, told by file and line and without their text."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emoticare.errors import DataError

_SHOWN: Final = 5
_NAME: Final = re.compile(r"[\w.-]+( [\w.-]+){0,2}")
_LONGEST_NAME: Final = 30
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class RowError(Exception):
    """One row is at fault; the message says how, without quoting it. Ends up in `Faults`."""


@dataclass
class Faults:
    """Rows with the same kind of fault: the first few in words, all of them in number.

    Attributes:
        expected: What a row should be, to follow "Expected".
        fix: What the user can do, a sentence.
        count: Rows at fault.
        shown: The first few, each with its place.
    """

    expected: str
    fix: str
    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, where: str, found: str) -> None:
        """Note one fault; `found` must not quote the data."""
        self.count += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(f"{where}: {found}")

    def stop_if_any(self) -> None:
        """Refuse the data if a fault was noted.

        Raises:
            DataError: At least one fault was noted.
        """
        if self.count:
            places = "\n  ".join(self.shown + self._more())
            raise DataError(
                f"Expected {self.expected}; {self.count} found otherwise:\n  {places}\n{self.fix}"
            )

    def as_dropped(self) -> list[str]:
        """Say in at most one sentence what was left out."""
        if not self.count:
            return []
        places = "; ".join(self.shown + self._more())
        return [f"Left out {self.count} (expected {self.expected}): {places}"]

    def _more(self) -> list[str]:
        hidden = self.count - len(self.shown)
        return [f"and {hidden} more"] if hidden else []


def place(path: Path, line: int) -> str:
    """Name a row of a file; lines and rows count from 1."""
    unit = "row" if path.suffix.lower() == ".parquet" else "line"
    return f"{path}, {unit} {line}"


def read_file(path: Path) -> bytes:
    """Return the content of a data file, without a byte order mark.

    Raises:
        DataError: The file cannot be read.
    """
    try:
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DataError(
            f"Expected a readable file at {path}, found {type(error).__name__}. Check the path."
        ) from error


def split_lines(content: bytes) -> list[bytes]:
    """Cut a file into its lines, each with its end.

    Only a line feed ends a line: a text may hold a form feed or U+2028.
    """
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def check_text(text: str) -> None:
    """Refuse a text that cannot be used.

    Raises:
        RowError: The text is empty, or holds what is not a character.
    """
    if not text.strip():
        raise RowError("an empty text")
    if "\0" in text:
        raise RowError("a NUL character")
    # JSON can spell half a surrogate pair; no encoding can.
    if _SURROGATE.search(text):
        raise RowError("half a surrogate pair")


def shown_name(name: str) -> str:
    """Quote a column or label name, unless it looks like a text taken for a name."""
    if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name):
        return repr(name)
    return "(a name too long or too odd to show)"
