"""Rows on their way from a file to its copy with emotions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from emoticare.bulk.tables import Table

MOST_CHARS: Final = 1_000_000
"""Characters of the longest text that is scored."""
LINE_COLUMN: Final = "line"
"""Holds the bytes of a JSON line that is written again as it is, plus what is added."""

INVALID_UTF8: Final = "invalid UTF-8"
NO_TEXT: Final = "no text"


@dataclass(frozen=True)
class Rows:
    """Some rows of one file, in order.

    Attributes:
        table: The columns of the file as they will be written, the texts among them.
        first_row: Number of the first row in its file, counted from 1 without the header.
        faults: What the reader found wrong with a row, by its position in the table.
        bytes_read: How far the reader had come in the file (compressed, where it is).
    """

    table: Table
    first_row: int
    faults: Mapping[int, str] = field(default_factory=dict)
    bytes_read: int = 0

    def __len__(self) -> int:
        return len(self.table)

    def slice(self, start: int, stop: int) -> "Rows":
        """Return the rows from position `start` up to `stop`."""
        faults = {p - start: fault for p, fault in self.faults.items() if start <= p < stop}
        table = self.table.slice(start, stop)
        return Rows(table, self.first_row + start, faults, self.bytes_read)


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Put parts that follow one another in one file together."""
    first = parts[0]
    faults = {
        part.first_row - first.first_row + position: fault
        for part in parts
        for position, fault in part.faults.items()
    }
    table = first.table.followed_by([part.table for part in parts[1:]])
    return Rows(table, first.first_row, faults, parts[-1].bytes_read)


def readable_texts(rows: Rows, text_column: str) -> tuple[list[str], dict[int, str]]:
    """Take the texts out of rows.

    Returns:
        A text for every row, "" where there is none that can be scored, and by position why so.
    """
    texts = [""] * len(rows)
    faults = dict(rows.faults)
    for position, value in enumerate(rows.table.texts(text_column)):
        if position in faults:
            continue
        fault = _fault(value)
        if fault:
            faults[position] = fault
        else:
            texts[position] = value
    return texts, faults


def readable_replies(
    rows: Rows, text_column: str, context_column: str | None
) -> tuple[list[str], list[str], dict[int, str]]:
    """Take the texts out of rows, and what was said before each.

    Returns:
        The same as `readable_texts`, and between the two what was said before the text of each row,
        "" where nothing was.
    """
    texts, faults = readable_texts(rows, text_column)
    contexts = [""] * len(rows)
    values = () if context_column is None else rows.table.texts(context_column)
    for position, value in enumerate(values):
        if position in faults or value is None:
            continue
        fault = _fault_of_any(value)
        if fault:
            faults[position] = of_context(fault)
        else:
            contexts[position] = value
    return texts, contexts, faults


def not_a_text(value: object) -> str:
    """Return what is wrong with a value of another type."""
    return f"not a text but {type(value).__name__}"


def of_context(fault: str) -> str:
    """Return what is wrong with what was said before a text."""
    return f"context: {fault}"


def _fault(value: object) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return NO_TEXT
    return _fault_of_any(value)


def _fault_of_any(value: object) -> str | None:
    if isinstance(value, bytes):
        return INVALID_UTF8
    if not isinstance(value, str):
        return not_a_text(value)
    if len(value) > MOST_CHARS:
        return f"too long: {len(value)} characters, at most {MOST_CHARS}"
    return None
