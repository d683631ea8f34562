"""Scored rows -> bytes of a file, and files of shards -> one file."""

import csv
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final, Protocol, cast

from emoticare.bulk.cells import as_text, joined_list, plain, row_line, row_of_line, safe_cell
from emoticare.bulk.compression import compressed
from emoticare.bulk.formats import TableFormat
from emoticare.bulk.row_scoring import ScoredRows
from emoticare.bulk.sqlite_files import write_database
from emoticare.bulk.tables import PlainTable, Scalar, Schema

_SCORE_DIGITS: Final = 6
_COPIED_AT_ONCE: Final = 2**20


class TableWriter(Protocol):
    """Writes scored rows to an open file."""

    def write(self, scored: ScoredRows) -> None:
        """Write rows after those already written."""
        ...


@contextmanager
def open_writer(
    sink: IO[bytes],
    table_format: TableFormat,
    schemas: tuple[Schema, Schema],
    *,
    keeps_lines: bool = False,
    header: bool = True,
    safe: bool = False,
) -> Iterator[TableWriter]:
    """Open a writer on an open file, which stays open.

    Args:
        sink: Where the bytes go.
        table_format: How the table is stored.
        schemas: Of the columns of the file that is read, and of those that are added.
        keeps_lines: Whether the rows hold JSON lines, to be written as they are.
        header: Whether a delimited table begins with the names of its columns.
        safe: Whether no text in a delimited table can be a formula; see `safe_cell`.
    """
    if table_format.is_typed:
        from emoticare.bulk.arrow_writers import open_typed_writer

        with open_typed_writer(sink, table_format, schemas) as writer:
            yield writer
        return
    with compressed(sink, table_format.compression) as stream:
        if table_format.is_cells:
            yield _CellsWriter(stream, [*schemas[0].names, *schemas[1].names] if header else None)
        elif table_format.is_delimited:
            names = [*schemas[0].names, *schemas[1].names] if header else None
            yield _DelimitedWriter(stream, table_format.delimiter, names, safe=safe)
        else:
            with _as_array(stream, table_format) as lines:
                yield _JsonLinesWriter(lines, keeps_lines=keeps_lines)


def merge_files(
    parts: Iterable[IO[bytes]], sink: IO[bytes], table_format: TableFormat, table: str | None = None
) -> None:
    """Join the files of shards, which are not compressed, in their order.

    Args:
        parts: The files, opened when they are asked for; at least one.
        sink: Where the bytes go.
        table_format: Of the result.
        table: Its name in a database.
    """
    if table_format.is_typed:
        from emoticare.bulk.arrow_writers import merge_typed

        merge_typed(parts, sink, table_format)
        return
    if table_format.is_whole:
        rows = (row_of_line(line) for part in parts for line in part)
        _write_whole(rows, sink, table_format, table)
        return
    with (
        compressed(sink, table_format.compression) as compressing,
        _as_array(compressing, table_format) as stream,
    ):
        for part in parts:
            with part:
                shutil.copyfileobj(part, stream, _COPIED_AT_ONCE)


def _write_whole(
    rows: Iterable[list[Any]], sink: IO[bytes], table_format: TableFormat, table: str | None
) -> None:
    if table_format.kind == "sqlite":
        write_database(rows, sink, table)
        return
    from emoticare.bulk.excel_files import write_workbook

    write_workbook(rows, sink)


class _DelimitedWriter:
    def __init__(
        self, stream: IO[bytes], delimiter: str, names: list[str] | None, *, safe: bool
    ) -> None:
        self._stream = stream
        self._guarded = (lambda values: map(safe_cell, values)) if safe else iter
        self._lines = _Lines()
        # With this terminator, values that hold either of its characters are quoted; before Python
        # 3.13 a lone carriage return otherwise is not.
        self._writer = csv.writer(self._lines, delimiter=delimiter, lineterminator="\r\n")
        if names is not None:
            self._writer.writerow(self._guarded(names))
            stream.write(self._lines.take())

    def write(self, scored: ScoredRows) -> None:
        own = [map(as_text, self._guarded(values)) for values in scored.rows.table.columns()]
        added = [self._guarded(map(joined_list, values)) for values in _rounded(scored.added)]
        self._writer.writerows(zip(*own, *added, strict=True))
        self._stream.write(self._lines.take())


class _CellsWriter:
    """Writes a row of cells a line, for what is made of all shards at once."""

    def __init__(self, stream: IO[bytes], names: list[str] | None) -> None:
        self._stream = stream
        if names is not None:
            stream.write(row_line(names))

    def write(self, scored: ScoredRows) -> None:
        added = (map(joined_list, values) for values in _rounded(scored.added))
        rows = zip(*scored.rows.table.columns(), *added, strict=True)
        self._stream.writelines(map(row_line, rows))


class _Lines:
    """Takes rows as `csv` writes them, and ends them with a line feed alone."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        self._lines.append(line[:-2] + "\n")

    def take(self) -> bytes:
        content = "".join(self._lines).encode()
        self._lines.clear()
        return content


class _JsonLinesWriter:
    def __init__(self, stream: IO[bytes], *, keeps_lines: bool) -> None:
        self._stream = stream
        self._keeps_lines = keeps_lines

    def write(self, scored: ScoredRows) -> None:
        names = scored.added.names
        ends = (
            json.dumps(dict(zip(names, values, strict=True)))
            for values in zip(*_rounded(scored.added), strict=True)
        )
        begins = self._lines(scored) if self._keeps_lines else self._objects(scored)
        lines = [_joined(begin, end.encode()) for begin, end in zip(begins, ends, strict=True)]
        self._stream.write(b"".join(lines))

    @staticmethod
    def _lines(scored: ScoredRows) -> Sequence[bytes]:
        return scored.rows.table.columns()[-1]

    @staticmethod
    def _objects(scored: ScoredRows) -> Iterator[bytes]:
        table = scored.rows.table
        names = table.names
        for values in zip(*table.columns(), strict=True):
            record = dict(zip(names, map(plain, values), strict=True))
            yield json.dumps(record, ensure_ascii=False).encode()


@contextmanager
def _as_array(sink: IO[bytes], table_format: TableFormat) -> Iterator[IO[bytes]]:
    """Open a stream that takes JSON lines, for a format that is an array of their objects."""
    if table_format.kind != "json":
        yield sink
        return
    array = _ArrayStream(sink)
    yield cast("IO[bytes]", array)
    array.finish()


class _ArrayStream:
    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._before = b"[\n"
        self._has_begun = False

    def write(self, content: bytes) -> None:
        """Write lines, or parts of some: in a line there is no line break."""
        if not content:
            return
        self._sink.write(self._before + content.removesuffix(b"\n").replace(b"\n", b",\n"))
        self._before = b",\n" if content.endswith(b"\n") else b""
        self._has_begun = True

    def finish(self) -> None:
        self._sink.write(b"\n]\n" if self._has_begun else b"[]\n")


def _joined(begin: bytes, end: bytes) -> bytes:
    """Put two JSON objects together: the keys of the second follow those of the first."""
    keys = begin[:-1].rstrip()
    separator = b"" if keys == b"{" else b", "
    return keys + separator + end[1:] + b"\n"


def _rounded(added: PlainTable) -> list[Sequence[Any]]:
    """Return the columns that scoring adds, scores with as many digits as mean something."""
    return [
        [None if value is None else round(value, _SCORE_DIGITS) for value in values]
        if found is Scalar.SCORE
        else values
        for (_, found), values in zip(added.schema.fields, added.values, strict=True)
    ]
