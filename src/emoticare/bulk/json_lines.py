"""JSON lines -> rows: each line as it is, or values in columns of a schema.

Python's own reader takes the lines one by one, and goes on after a bad one.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import IO, Any, Final, overload

from emoticare.bulk.columns import check_columns, check_not_taken, read_columns
from emoticare.bulk.rows import INVALID_UTF8, LINE_COLUMN, Rows, not_a_text, of_context
from emoticare.bulk.tables import ColumnType, ListOf, ObjectOf, PlainSchema, PlainTable, Scalar
from emoticare.errors import DataError

_ROWS_AT_ONCE: Final = 4096
_BYTES_AT_ONCE: Final = 16_000_000
_LONGEST_LINE: Final = 64_000_000
_DEEPEST: Final = 100
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class JsonLinesReader:
    """Reads one JSON object a line; see `TableReader`.

    Args:
        content: The bytes of the lines.
        raw: The file itself, to tell how far it was read.
        text_column: The key of the texts.
        added: The keys that scoring adds.
        schema: The columns to make; None keeps each line, with the text beside it.
        context_column: The key of what was said before each; None where nothing was.
    """

    def __init__(
        self,
        content: IO[bytes],
        raw: IO[bytes],
        text_column: str,
        added: Collection[str],
        schema: PlainSchema | None,
        *,
        context_column: str | None = None,
    ) -> None:
        self._content = content
        self._raw = raw
        self._text_column = text_column
        self._context_column = context_column
        self._added = frozenset(added)
        self._keeps_lines = schema is None
        self.schema: PlainSchema = schema or _raw_schema(text_column, context_column)

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        first_row = 1
        is_checked = False
        for lines in line_groups(self._content):
            records, faults = self._parse(lines)
            if not is_checked and any(records):
                keys = list(dict.fromkeys(chain(*records)))
                check_columns(keys, self._text_column, self._context_column)
                is_checked = True
            self._check_not_taken(records, first_row)
            if self._keeps_lines:
                table = self._raw_table(lines, records, faults)
            else:
                table = _typed_table(records, self.schema)
            yield Rows(table, first_row, faults, self._raw.tell() if self._raw.seekable() else 0)
            first_row += len(lines)

    def _parse(self, lines: list[bytes]) -> tuple[list[Mapping[str, Any]], dict[int, str]]:
        records: list[Mapping[str, Any]] = []
        faults: dict[int, str] = {}
        for position, line in enumerate(lines):
            record = parse_line(line)
            if isinstance(record, dict) and not self._keeps_lines and is_deep(record):
                record = f"nested too deep: more than {_DEEPEST} levels"
            if isinstance(record, str):
                faults[position] = record
                record = {}
            elif fault := self._wrong_type(record):
                faults[position] = fault
            records.append(record)
        return records, faults

    def _wrong_type(self, record: Mapping[str, Any]) -> str | None:
        """Return which of the values to read is no text: what becomes a table is text later."""
        text = record.get(self._text_column)
        if text is not None and not isinstance(text, str):
            return not_a_text(text)
        context = None if self._context_column is None else record.get(self._context_column)
        if context is not None and not isinstance(context, str):
            return of_context(not_a_text(context))
        return None

    def _check_not_taken(self, records: list[Mapping[str, Any]], first_row: int) -> None:
        """Look at every row: any may have keys that those before it lack."""
        for row, record in enumerate(records, start=first_row):
            if not self._added.isdisjoint(record):
                try:
                    check_not_taken(list(record), self._added)
                except DataError as error:
                    raise DataError(f"row {row}: {error}") from error

    def _raw_table(
        self, lines: list[bytes], records: list[Mapping[str, Any]], faults: Mapping[int, str]
    ) -> PlainTable:
        # The last column is that of the lines.
        read = [
            [None if i in faults else _clean(record.get(name)) for i, record in enumerate(records)]
            for name in self.schema.names[:-1]
        ]
        # A line that is no object cannot be kept in a file of objects.
        kept = [line if records[i] else b"{}" for i, line in enumerate(lines)]
        return PlainTable(self.schema, [*read, kept])


def _raw_schema(text_column: str, context_column: str | None) -> PlainSchema:
    """Return the columns of lines that are kept as they are."""
    read = [column.name for column in read_columns(text_column, context_column)]
    # The name of the column of lines cannot be that of another.
    names = (LINE_COLUMN * n for n in range(1, len(read) + 2))
    line_column = next(name for name in names if name not in read)
    return PlainSchema((*((name, Scalar.TEXT) for name in read), (line_column, Scalar.BYTES)))


def line_groups(content: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield lines that are not blank, some thousands at a time, without their ends."""
    lines: list[bytes] = []
    n_bytes = 0
    is_first = True
    while line := content.readline(_LONGEST_LINE):
        if len(line) >= _LONGEST_LINE:
            raise DataError(
                f"expected lines of less than {_LONGEST_LINE} bytes, found a longer one. Check "
                "that the file is what its name says."
            )
        line = line.removeprefix(_BYTE_ORDER_MARK) if is_first else line
        is_first = False
        if line.strip():
            lines.append(line.strip())
            n_bytes += len(line)
        if len(lines) == _ROWS_AT_ONCE or n_bytes >= _BYTES_AT_ONCE:
            yield lines
            lines, n_bytes = [], 0
    if lines:
        yield lines


def parse_line(line: bytes) -> Mapping[str, Any] | str:
    """Return the object of a line, or what is wrong with it."""
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        return INVALID_UTF8
    except (ValueError, RecursionError):
        return "not JSON"
    return record if isinstance(record, dict) else "not a JSON object"


def is_deep(record: Mapping[str, Any]) -> bool:
    """Return whether values are nested too deep for a column of a table."""
    level: list[Any] = [record]
    for _ in range(_DEEPEST):
        values = chain(*(one.values() if isinstance(one, dict) else one for one in level))
        level = [value for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _typed_table(records: list[Mapping[str, Any]], schema: PlainSchema) -> PlainTable:
    columns = [
        [_fitted(record.get(name), found) for record in records] for name, found in schema.fields
    ]
    return PlainTable(schema, columns)


def _fitted(value: Any, found: ColumnType) -> Any:
    """Return a value as its column holds it."""
    if value is None:
        return None
    if isinstance(found, ListOf):
        return [_fitted(item, found.item) for item in value]
    if isinstance(found, ObjectOf):
        return {name: _fitted(value.get(name), inner) for name, inner in found.fields}
    make = _FITTING.get(found)
    return make(value) if make else value


def _as_text(value: object) -> str:
    return _clean(value) if isinstance(value, str) else json_text(value)


def json_text(value: object) -> str:
    """Write a value as JSON, for columns whose values have no common type."""
    return _clean(json.dumps(value, ensure_ascii=False))


@overload
def _clean(text: str) -> str: ...
@overload
def _clean(text: None) -> None: ...
def _clean(text: str | None) -> str | None:
    """Join surrogate pairs, and replaces half ones, which JSON can spell but UTF-8 cannot."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_FITTING: Final[Mapping[Scalar, Callable[[Any], Any]]] = {
    Scalar.JSON: json_text,
    Scalar.TEXT: _as_text,
    Scalar.FLOAT: float,
}
