"""Rows on their way from a file to its copy with emotions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

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

    table: pa.Table
    first_row: int
    faults: Mapping[int, str] = field(default_factory=dict)
    bytes_read: int = 0

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def slice(self, start: int, stop: int) -> "Rows":
        """Return the rows from position `start` up to `stop`."""
        faults = {p - start: fault for p, fault in self.faults.items() if start <= p < stop}
        table = self.table.slice(start, stop - start)
        return Rows(table, self.first_row + start, faults, self.bytes_read)


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Put parts that follow one another in one file together."""
    first = parts[0]
    faults = {
        part.first_row - first.first_row + position: fault
        for part in parts
        for position, fault in part.faults.items()
    }
    table = pa.concat_tables([part.table for part in parts])
    return Rows(table, first.first_row, faults, parts[-1].bytes_read)


def readable_texts(rows: Rows, text_column: str) -> tuple[list[str], dict[int, str]]:
    """Take the texts out of rows.

    Returns:
        A text for every row, "" where there is none that can be scored, and by position why so.
    """
    texts = [""] * len(rows)
    faults = dict(rows.faults)
    for position, value in enumerate(_values(rows.table[text_column])):
        if position in faults:
            continue
        fault = _fault(value)
        if fault:
            faults[position] = fault
        else:
            texts[position] = value
    return texts, faults


def python_values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values, with U+FFFD for bytes that are not UTF-8."""
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.large_binary()).to_pylist()
        values = [None if value is None else value.decode(errors="replace") for value in raw]
    return values


def _values(column: pa.ChunkedArray) -> Iterator[Any]:
    """Yield strings, None, or for bytes that are not UTF-8 those bytes."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:
        values = column.cast(pa.large_binary()).to_pylist()
    for value in values:
        if isinstance(value, bytes):
            try:
                yield value.decode()
            except UnicodeDecodeError:
                yield value
        else:
            yield value


def _fault(value: object) -> str | None:
    if isinstance(value, bytes):
        return INVALID_UTF8
    if value is None:
        return NO_TEXT
    if not isinstance(value, str):
        return f"not a text but {type(value).__name__}"
    if not value.strip():
        return NO_TEXT
    if len(value) > MOST_CHARS:
        return f"too long: {len(value)} characters, at most {MOST_CHARS}"
    return None
