"""Files -> rows: opens a file by its format and checks its columns."""

import sys
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import IO, Final, Protocol, cast

from emoticare.bulk.columns import check_columns, check_not_taken, read_columns
from emoticare.bulk.compression import decompressed
from emoticare.bulk.delimited_files import DelimitedReader
from emoticare.bulk.encodings import as_utf8
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_arrays import ArrayLines
from emoticare.bulk.json_lines import JsonLinesReader
from emoticare.bulk.rows import Rows
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.sqlite_files import SqliteReader
from emoticare.bulk.storage import storage_for
from emoticare.bulk.tables import PlainSchema, Schema, and_of_pyarrow
from emoticare.errors import DataError, UsageError

OnNote = Callable[[str], None]

_DELIMITERS: Final = ",;\t|"
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class TableReader(Protocol):
    """Reads one file."""

    @property
    def schema(self) -> Schema:
        """Names and types of the columns, as they will be written."""
        ...

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order, a few thousand at a time."""
        ...


@contextmanager
def open_reader(
    file: InputFile,
    settings: ScoreSettings,
    added: Collection[str],
    on_note: OnNote,
    *,
    json_schema: PlainSchema | None = None,
) -> Iterator[TableReader]:
    """Open a file to read its rows.

    Args:
        file: The file.
        settings: Name the columns to read, and may say how the file is spelled.
        added: The columns that scoring adds, which must not exist.
        on_note: Called with what was found out about the file.
        json_schema: The columns of JSON lines that become a typed or delimited table; None keeps
            each line as it is.

    Raises:
        DataError: If the file cannot be read, or has other columns.
    """
    with _open(file) as raw, _as_data_error(file):
        reader = _reader(file, raw, settings, added, on_note, json_schema=json_schema)
        check_columns(reader.schema.names, settings.text_column, settings.context_column)
        check_not_taken(reader.schema.names, added)
        if file.format.is_typed:
            _check_text_types(reader.schema, settings)
        yield reader


def _reader(
    file: InputFile,
    raw: IO[bytes],
    settings: ScoreSettings,
    added: Collection[str],
    on_note: OnNote,
    *,
    json_schema: PlainSchema | None,
) -> TableReader:
    if file.format.is_typed:
        return _typed_reader(file, raw)
    if file.format.kind == "xlsx":
        return _excel_reader(file, raw, settings)
    if file.format.kind == "sqlite":
        return SqliteReader(file.path, settings.table)
    content = _content(raw, file, settings, on_note)
    if file.format.is_json:
        return JsonLinesReader(
            content,
            raw,
            settings.text_column,
            added,
            json_schema,
            context_column=settings.context_column,
        )
    own = file.format.delimiter
    delimiters = settings.delimiter or own + _DELIMITERS.replace(own, "")
    reader = DelimitedReader(content, raw, delimiters, settings.text_column)
    if not settings.delimiter and reader.delimiter != own:
        name = _NAMES.get(reader.delimiter, repr(reader.delimiter))
        on_note(f"{file.shown} is read with {name} between values; --delimiter says otherwise")
    return reader


def _typed_reader(file: InputFile, raw: IO[bytes]) -> TableReader:
    from emoticare.bulk.arrow_files import ArrowReader, ParquetReader

    make = ParquetReader if file.format.kind == "parquet" else ArrowReader
    return make(raw, file.size)


def _excel_reader(file: InputFile, raw: IO[bytes], settings: ScoreSettings) -> TableReader:
    from emoticare.bulk.excel_files import ExcelReader

    columns = read_columns(settings.text_column, settings.context_column)
    return ExcelReader(raw, file.size, settings.table, {column.name for column in columns})


def _check_text_types(schema: Schema, settings: ScoreSettings) -> None:
    from emoticare.bulk.arrow_tables import check_text_type

    for column in read_columns(settings.text_column, settings.context_column):
        check_text_type(schema, column)


def _content(
    raw: IO[bytes], file: InputFile, settings: ScoreSettings, on_note: OnNote
) -> IO[bytes]:
    content = as_utf8(
        _decompressed(raw, file),
        settings.encoding,
        lambda found: on_note(f"{file.shown} is read as {found}; --encoding says otherwise"),
        waits=file.is_stdin,
    )
    return cast("IO[bytes]", ArrayLines(content)) if file.format.kind == "json" else content


@contextmanager
def open_content(file: InputFile, settings: ScoreSettings, on_note: OnNote) -> Iterator[IO[bytes]]:
    """Open a file to read its lines, decompressed and in UTF-8.

    Raises:
        DataError: If it cannot be read.
    """
    with _open(file) as raw, _as_data_error(file):
        yield _content(raw, file, settings, on_note)


@contextmanager
def _open(file: InputFile) -> Iterator[IO[bytes]]:
    if not file.is_stdin:
        with storage_for(file.path).open(file.path) as opened:
            yield opened
        return
    if sys.stdin is None:
        raise UsageError("Expected rows on standard input, found it closed.")
    yield sys.stdin.buffer


def _decompressed(raw: IO[bytes], file: InputFile) -> IO[bytes]:
    if file.format.compression and not file.is_stdin and file.size == 0:
        raise DataError("expected a compressed file, found no byte in it. Copy the file anew.")
    return decompressed(raw, file.format.compression)


@contextmanager
def _as_data_error(file: InputFile) -> Iterator[None]:
    """Make a damaged file an answer; what the libraries say may quote the data."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{file.shown}: {error}") from error
    except and_of_pyarrow(OSError, EOFError, OverflowError, zlib.error) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise DataError(
            f"{file.shown}: expected a whole {file.format.name} file, found {type(error).__name__} "
            "while reading. Write or copy the file anew."
        ) from error
