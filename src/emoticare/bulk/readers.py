"""Files -> rows: opens a file by its format and checks its columns."""

import io
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import IO, Final, Protocol

import pyarrow as pa

from emoticare.bulk.arrow_files import ArrowReader, ParquetReader
from emoticare.bulk.columns import check_columns, check_not_taken
from emoticare.bulk.delimited_files import DelimitedReader
from emoticare.bulk.encodings import as_utf8
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_lines import JsonLinesReader
from emoticare.bulk.rows import Rows
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.storage import storage_for
from emoticare.errors import DataError, UsageError

OnNote = Callable[[str], None]

_BUFFER_BYTES: Final = 2**20
_DELIMITERS: Final = ",;\t|"
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class TableReader(Protocol):
    """Reads one file.

    Attributes:
        schema: Names and types of the columns, as they will be written.
    """

    schema: pa.Schema

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
    json_schema: pa.Schema | None = None,
) -> Iterator[TableReader]:
    """Open a file to read its rows.

    Args:
        file: The file.
        settings: Name the column of the texts, and may say how the file is spelled.
        added: The columns that scoring adds, which must not exist.
        on_note: Called with what was found out about the file.
        json_schema: The columns of JSON lines that become a typed or delimited table; None keeps
            each line as it is.

    Raises:
        DataError: If the file cannot be read, or has other columns.
    """
    with _open(file) as raw, _as_data_error(file):
        text_column = settings.text_column
        reader = _reader(file, raw, settings, added, on_note, json_schema=json_schema)
        check_columns(reader.schema.names, text_column)
        check_not_taken(reader.schema.names, added)
        _check_text_type(reader.schema.field(text_column).type, text_column)
        yield reader


def _reader(
    file: InputFile,
    raw: IO[bytes],
    settings: ScoreSettings,
    added: Collection[str],
    on_note: OnNote,
    *,
    json_schema: pa.Schema | None,
) -> TableReader:
    if file.format.kind == "parquet":
        return ParquetReader(raw, file.size)
    if file.format.kind == "arrow":
        return ArrowReader(raw, file.size)
    content = _content(raw, file, settings, on_note)
    if not file.format.is_delimited:
        return JsonLinesReader(content, raw, settings.text_column, added, json_schema)
    own = file.format.delimiter
    delimiters = settings.delimiter or own + _DELIMITERS.replace(own, "")
    reader = DelimitedReader(content, raw, delimiters, settings.text_column)
    if not settings.delimiter and reader.delimiter != own:
        name = _NAMES.get(reader.delimiter, repr(reader.delimiter))
        on_note(f"{file.shown} is read with {name} between values; --delimiter says otherwise")
    return reader


def _content(
    raw: IO[bytes], file: InputFile, settings: ScoreSettings, on_note: OnNote
) -> IO[bytes]:
    return as_utf8(
        _decompressed(raw, file),
        settings.encoding,
        lambda found: on_note(f"{file.shown} is read as {found}; --encoding says otherwise"),
        waits=file.is_stdin,
    )


@contextmanager
def open_content(file: InputFile, settings: ScoreSettings, on_note: OnNote) -> Iterator[IO[bytes]]:
    """Open a file to read its bytes, decompressed and in UTF-8.

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
    codec = file.format.codec
    if codec is None:
        return raw
    if not file.is_stdin and file.size == 0:
        raise DataError("expected a compressed file, found no byte in it. Copy the file anew.")
    return io.BufferedReader(
        pa.CompressedInputStream(pa.PythonFile(raw, "r"), codec), _BUFFER_BYTES
    )


def _check_text_type(found: pa.DataType, text_column: str) -> None:
    inner = found.value_type if pa.types.is_dictionary(found) else found
    kinds = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_null,
    )
    if not any(is_kind(inner) for is_kind in kinds):
        raise DataError(
            f"expected texts in the column {text_column!r}, found {found}. Name the "
            "column that holds the texts with --text-column."
        )


@contextmanager
def _as_data_error(file: InputFile) -> Iterator[None]:
    """Make a damaged file an answer; what the libraries say may quote the data."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{file.shown}: {error}") from error
    except (pa.ArrowException, OSError, EOFError, OverflowError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise DataError(
            f"{file.shown}: expected a whole {file.format.name} file, found {type(error).__name__} "
            "while reading. Write or copy the file anew."
        ) from error
