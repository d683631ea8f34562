"""Rows of CSV, TSV, JSONL and Parquet files, one mapping from column to value each."""

import csv
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from emoticare.data.faults import Faults, place, read_file, shown_name, split_lines
from emoticare.errors import DataError, MissingExtraError

Record = Mapping[str, Any]

_LONGEST_FIELD: Final = 2_000_000


def allow_long_fields() -> None:
    """Let the csv module read fields of two million characters.

    Its limit is one for the whole process: all readers here need the same.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))


def read_records(
    path: Path, columns: Sequence[str], faults: Faults
) -> Iterator[tuple[int, Record]]:
    """Read the rows of a table, in order.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet file.
        columns: The columns that must exist; others are ignored.
        faults: Takes the rows that cannot be read, which are skipped.

    Yields:
        The line where the row begins (in Parquet: its number) counted from 1, and its values.

    Raises:
        DataError: The file cannot be read, or lacks a column.
        MissingExtraError: The file is Parquet and pyarrow is not installed.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path}: expected a file named {', '.join(_READERS)}, found another ending. "
            "Convert or rename it."
        )
    return reader(path, columns, faults)


def _csv_records(
    path: Path, columns: Sequence[str], faults: Faults
) -> Iterator[tuple[int, Record]]:
    allow_long_fields()
    content = split_lines(read_file(path))
    undecodable = {n for n, line in enumerate(content, start=1) if not _is_utf8(line)}
    reader = csv.reader(
        (line.decode(errors="replace") for line in content),
        delimiter="\t" if path.suffix.lower() == ".tsv" else ",",
        strict=True,
    )
    header: list[str] | None = None
    line = 1
    for row in _checked_csv(reader, path):
        if header is None:
            header = row
            _check_columns(path, header, columns)
        elif not undecodable.isdisjoint(range(line, reader.line_num + 1)):
            faults.add(place(path, line), "bytes that are not UTF-8")
        elif row and len(row) != len(header):
            faults.add(place(path, line), f"{len(row)} field(s), but {len(header)} column names")
        elif row:
            yield line, dict(zip(header, row, strict=True))
        line = reader.line_num + 1
    if header is None:
        raise DataError(f"{path}: expected a line of column names, found an empty file.")


def _checked_csv(reader: Any, path: Path) -> Iterator[list[str]]:
    """Pass rows on until the quoting breaks: where the next row begins is then unknown."""
    line = 1
    try:
        for row in reader:
            yield row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{place(path, line)}: expected CSV, found a row that breaks its quoting ({error}). "
            "Quote values that hold a delimiter, a quotation mark or a line break, and double "
            "the quotation marks in them."
        ) from error


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _jsonl_records(
    path: Path, columns: Sequence[str], faults: Faults
) -> Iterator[tuple[int, Record]]:
    records: list[tuple[int, Record]] = []
    for number, line in enumerate(split_lines(read_file(path)), start=1):
        if line.strip():
            try:
                record = json.loads(line.decode())
            except (ValueError, RecursionError):
                record = None
            if isinstance(record, dict):
                records.append((number, record))
            else:
                faults.add(place(path, number), "no JSON object")
    if records:
        _check_columns(path, list({key: None for _, record in records for key in record}), columns)
    yield from records


def _parquet_records(
    path: Path,
    columns: Sequence[str],
    faults: Faults,  # noqa: ARG001 - a damaged Parquet file cannot be read past the damage
) -> Iterator[tuple[int, Record]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "data") from error
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names, columns)
            rows = file.read(columns=list(columns)).to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise DataError(
            f"{path}: expected a readable Parquet file, found {type(error).__name__}. "
            "Write the file anew."
        ) from error
    yield from enumerate(rows, start=1)


def _check_columns(path: Path, existing: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if existing.count(name) > 1:
            raise DataError(
                f"{path}: expected one column {name!r}, found several. Rename all but one."
            )
        if name not in existing:
            by_lower = {other.lower(): other for other in existing}
            close = difflib.get_close_matches(name.lower(), by_lower, n=1)
            hint = f" Did you mean {shown_name(by_lower[close[0]])}?" if close else ""
            raise DataError(
                f"{path}: expected a column {name!r}, found the columns "
                f"{', '.join(map(shown_name, existing)) or '(none)'}.{hint} Name the columns that "
                "hold the texts and the labels; the first line of a CSV file must name them."
            )


_READERS: Final[
    dict[str, Callable[[Path, Sequence[str], Faults], Iterator[tuple[int, Record]]]]
] = {
    ".csv": _csv_records,
    ".tsv": _csv_records,
    ".jsonl": _jsonl_records,
    ".parquet": _parquet_records,
}
TABLE_SUFFIXES: Final = tuple(_READERS)
