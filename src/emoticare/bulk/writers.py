"""Scored rows -> bytes of a file, and files of shards -> one file."""

import base64
import csv
import datetime
import io
import json
import math
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from emoticare.bulk.formats import TableFormat
from emoticare.bulk.row_scoring import ScoredRows
from emoticare.bulk.rows import python_values

LIST_DELIMITER: Final = "|"
_FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
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
    schemas: tuple[pa.Schema, pa.Schema],
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
        own = schemas[0] if table_format.kind == "parquet" else _without_dictionaries(schemas[0])
        schema = pa.schema([*own, *schemas[1]], metadata=own.metadata)
        make = pq.ParquetWriter if table_format.kind == "parquet" else pa.ipc.new_file
        with make(sink, schema) as writer:
            yield _TypedWriter(writer, schema)
        return
    with _compressed(sink, table_format.codec) as stream:
        if table_format.is_delimited:
            names = [*schemas[0].names, *schemas[1].names] if header else None
            yield _DelimitedWriter(stream, table_format.delimiter, names, safe=safe)
        else:
            yield _JsonLinesWriter(stream, keeps_lines=keeps_lines)


def merge_files(parts: Iterable[IO[bytes]], sink: IO[bytes], table_format: TableFormat) -> None:
    """Join the files of shards, which are not compressed, in their order.

    Args:
        parts: The files, opened when they are asked for; at least one.
        sink: Where the bytes go.
        table_format: Of the result.
    """
    if table_format.is_typed:
        _merge_typed(parts, sink, table_format)
        return
    with _compressed(sink, table_format.codec) as stream:
        for part in parts:
            with part:
                shutil.copyfileobj(part, stream, _COPIED_AT_ONCE)


def _merge_typed(parts: Iterable[IO[bytes]], sink: IO[bytes], table_format: TableFormat) -> None:
    writer: Any = None
    for part in parts:
        with part:
            if table_format.kind == "parquet":
                file = pq.ParquetFile(part, pre_buffer=False)
                tables = (file.read_row_group(i) for i in range(file.num_row_groups))
                schema, make = file.schema_arrow, pq.ParquetWriter
            else:
                file = pa.ipc.open_file(part)
                batches = (file.get_batch(i) for i in range(file.num_record_batches))
                tables = (pa.Table.from_batches([batch]) for batch in batches)
                schema, make = file.schema, pa.ipc.new_file
            writer = writer or make(sink, schema)
            for table in tables:
                writer.write_table(table)
    writer.close()


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """Return the schema with plain values: shards may differ in their dictionaries."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(fields, metadata=schema.metadata)


class _TypedWriter:
    def __init__(self, writer: Any, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def write(self, scored: ScoredRows) -> None:
        columns = [
            column.cast(field.type) if column.type != field.type else column
            for column, field in zip(
                [*scored.rows.table.columns, *scored.added.columns], self._schema, strict=True
            )
        ]
        # One row group or batch for each shard, however its rows were read.
        self._writer.write_table(pa.table(columns, schema=self._schema).combine_chunks())


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
        own = [
            map(_as_text, self._guarded(python_values(column)))
            for column in scored.rows.table.columns
        ]
        added = [self._guarded(_added_texts(column)) for column in scored.added.columns]
        self._writer.writerows(zip(*own, *added, strict=True))
        self._stream.write(self._lines.take())


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
        added = [_json_values(column) for column in scored.added.columns]
        ends = (
            json.dumps(dict(zip(scored.added.column_names, values, strict=True)))
            for values in zip(*added, strict=True)
        )
        begins = self._lines(scored) if self._keeps_lines else self._objects(scored)
        lines = [_joined(begin, end.encode()) for begin, end in zip(begins, ends, strict=True)]
        self._stream.write(b"".join(lines))

    @staticmethod
    def _lines(scored: ScoredRows) -> list[bytes]:
        lines: list[bytes] = scored.rows.table.column(1).to_pylist()
        return lines

    @staticmethod
    def _objects(scored: ScoredRows) -> Iterator[bytes]:
        table = scored.rows.table
        columns = [python_values(column) for column in table.columns]
        for values in zip(*columns, strict=True):
            record = dict(zip(table.column_names, map(_plain, values), strict=True))
            yield json.dumps(record, ensure_ascii=False).encode()


def safe_cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula.

    A text that could be one gets an apostrophe before it, as OWASP advises against CSV injection.
    """
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_MARKS)
    return f"'{value}" if is_formula else value


def _joined(begin: bytes, end: bytes) -> bytes:
    """Put two JSON objects together: the keys of the second follow those of the first."""
    keys = begin[:-1].rstrip()
    separator = b"" if keys == b"{" else b", "
    return keys + separator + end[1:] + b"\n"


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    value = _plain(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _added_texts(column: pa.ChunkedArray) -> list[str | float | None]:
    return [
        LIST_DELIMITER.join(value) if isinstance(value, list) else value
        for value in _json_values(column)
    ]


def _json_values(column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_floating(column.type):
        values = [None if value is None else round(value, _SCORE_DIGITS) for value in values]
    return values


def _plain(value: Any) -> Any:
    """Return what JSON can say of a value: dates in ISO 8601, bytes in base64."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


@contextmanager
def _compressed(sink: IO[bytes], codec: str | None) -> Iterator[IO[bytes]]:
    if codec is None:
        yield sink
        return
    # pyarrow closes what it writes to; the sink is still to be synced.
    with pa.CompressedOutputStream(pa.PythonFile(_Unclosed(sink), "w"), codec) as stream:
        yield stream


class _Unclosed(io.RawIOBase):
    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return self._sink.write(content)
