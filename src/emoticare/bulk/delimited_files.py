"""CSV and TSV -> rows, every value as text.

The reader is Python's own: it needs no other package, and no row ends the whole run.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from emoticare.bulk.encodings import is_utf8, without_invalid_bytes
from emoticare.bulk.rows import INVALID_UTF8, Rows
from emoticare.bulk.tables import PlainSchema, PlainTable, Scalar
from emoticare.data.table_formats import allow_long_fields
from emoticare.errors import DataError

_ROWS_AT_ONCE: Final = 4096
_CHARS_AT_ONCE: Final = 16_000_000
_LONGEST_LINE: Final = 16_000_000
_LONGEST_ROW: Final = 16_000_000
_LONGEST_HEADER: Final = 1_000_000
# Spreadsheets begin a file so to say what stands between its values.
_SPREADSHEET_LINE: Final = re.compile('"?sep=([^"\\s]|\t)"?', re.IGNORECASE)
# What a value or a line costs in memory beside its characters.
_CHARS_OF_A_VALUE: Final = 8


@dataclass(frozen=True)
class _Record:
    values: list[str]
    fault: str | None


class DelimitedReader:
    """Reads rows that follow a line of column names; see `TableReader`.

    Args:
        content: The bytes of the table, in UTF-8.
        raw: The file itself, to tell how far it was read.
        delimiters: What may stand between the values of a row: the first by which the line of
            column names has the column of the texts, else the one that gives most columns.
        text_column: Holds the texts.

    Attributes:
        delimiter: Stands between the values of a row.

    Raises:
        DataError: If there is no line of column names.
    """

    def __init__(
        self, content: IO[bytes], raw: IO[bytes], delimiters: str, text_column: str = "text"
    ) -> None:
        allow_long_fields()
        # Bytes that are not UTF-8 become lone surrogates, so that only their rows are at fault.
        text = io.TextIOWrapper(content, "utf-8-sig", "surrogateescape", newline="")
        self._raw = raw
        self._lines = _Lines(text)
        self.delimiter: str = _delimiter(self._lines, delimiters, text_column)
        self._parser = self._new_parser()
        header = self._next_record(None)
        if header is None or not header.values:
            raise DataError(
                "expected a table whose first line names the columns, found nothing. Check the "
                "file."
            )
        names = tuple((without_invalid_bytes(name), Scalar.TEXT) for name in header.values)
        self.schema: PlainSchema = PlainSchema(names)

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        first_row = 1
        while records := self._next_records():
            yield self._to_rows(records, first_row)
            first_row += len(records)

    def _next_records(self) -> list[_Record]:
        records: list[_Record] = []
        n_chars = 0
        while len(records) < _ROWS_AT_ONCE and n_chars < _CHARS_AT_ONCE:
            record = self._next_record(len(self.schema.fields))
            if record is None:
                break
            records.append(record)
            n_chars += sum(map(len, record.values)) + _CHARS_OF_A_VALUE * len(record.values)
        return records

    def _next_record(self, n_columns: int | None) -> _Record | None:
        """Read a row; where its quoting is broken, only its first line is lost."""
        while True:
            self._lines.forget()
            try:
                values = next(self._parser)
            except StopIteration:
                return None
            except csv.Error:
                self._parser = self._new_parser()
                line = self._lines.keep_first().rstrip("\r\n")
                values = line.split(self.delimiter, -1 if n_columns is None else n_columns - 1)
                return _padded(values, n_columns, "broken quoting, or a field far too long")
            if values:
                return self._checked(values, n_columns)

    def _checked(self, values: list[str], n_columns: int | None) -> _Record:
        if n_columns is not None and len(values) != n_columns:
            fault = f"{len(values)} fields, but {n_columns} columns"
            if len(values) > n_columns:
                rest = _joined(values[n_columns - 1 :], self.delimiter)
                values = [*values[: n_columns - 1], rest]
            return _padded(values, n_columns, fault)
        if all(map(is_utf8, values)):
            return _Record(values, None)
        return _Record(values, INVALID_UTF8)

    def _new_parser(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self.delimiter, strict=True)

    def _to_rows(self, records: list[_Record], first_row: int) -> Rows:
        columns = list(zip(*map(_values, records), strict=True))
        table = PlainTable(self.schema, columns)
        faults = {i: record.fault for i, record in enumerate(records) if record.fault}
        return Rows(table, first_row, faults, self._raw.tell() if self._raw.seekable() else 0)


class _Lines:
    """The lines of a text, some of which may be read again.

    Between two lines of a row, the parser stands within quotation marks, so that it goes on alike
    wherever the row began. Where a row broke, a later one that runs into the same lines breaks at
    the same place: it is refused at once, and no line is read more than twice.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._read: list[str] = []
        self._n_chars = 0
        self._again: deque[str] = deque()
        self._place = 0
        self._broken_until = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._read and (self._place < self._broken_until or self._n_chars > _LONGEST_ROW):
            raise csv.Error("a row that breaks")
        line = self._again.popleft() if self._again else self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) >= _LONGEST_LINE:
            raise DataError(
                f"expected lines of less than {_LONGEST_LINE} characters, found a longer one. "
                "Check that the file is the table that its name says."
            )
        self._read.append(line)
        self._n_chars += len(line) + _CHARS_OF_A_VALUE
        self._place += 1
        return line

    def peek(self) -> str:
        """Return the first line that is not empty, which is still to be read."""
        while not (line := next(self, "")).strip("\r\n") and line:
            self.forget()
        self.put_back()
        return line

    def put_back(self) -> None:
        """Let the lines of this row be read again."""
        self._again.extendleft(reversed(self._read))
        self._place -= len(self._read)
        self.forget()

    def forget(self) -> None:
        """Begin a new row."""
        self._read.clear()
        self._n_chars = 0

    def keep_first(self) -> str:
        """Return the first line of a row that broke; the others are read again."""
        first, *others = self._read
        self._again.extendleft(reversed(others))
        self._broken_until = max(self._broken_until, self._place)
        self._place -= len(others)
        return first


def _delimiter(lines: _Lines, delimiters: str, text_column: str) -> str:
    line = lines.peek()
    if said := _SPREADSHEET_LINE.fullmatch(line.rstrip("\r\n")):
        next(lines)
        return said[1] if len(delimiters) > 1 else delimiters
    if len(delimiters) == 1:
        return delimiters
    names = {delimiter: _names(line, delimiter) for delimiter in delimiters}
    fitting = [delimiter for delimiter in delimiters if text_column in names[delimiter]]
    return fitting[0] if fitting else max(delimiters, key=lambda delimiter: len(names[delimiter]))


def _names(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line[:_LONGEST_HEADER]], delimiter=delimiter), [])


def _padded(values: list[str], n_columns: int | None, fault: str) -> _Record:
    return _Record(values + [""] * ((n_columns or 0) - len(values)), fault)


def _joined(values: list[str], delimiter: str) -> str:
    """Write values as they stand in a table, so that none is lost where they share a column."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(values)
    return line.getvalue()


def _values(record: _Record) -> list[str]:
    # Only a row with a fault can hold bytes that are not UTF-8.
    return (
        [without_invalid_bytes(value) for value in record.values] if record.fault else record.values
    )
