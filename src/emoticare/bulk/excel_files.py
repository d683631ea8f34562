"""Excel workbooks (.xlsx) -> rows, and rows -> a workbook, through openpyxl."""

import datetime
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from emoticare.bulk.cells import as_text
from emoticare.bulk.rows import Rows
from emoticare.bulk.tables import PlainSchema, PlainTable, Scalar
from emoticare.data.faults import shown_name
from emoticare.errors import DataError

_ROWS_AT_ONCE: Final = 4096
# A workbook is a zip file, which may hold far more than its size tells.
_MOST_BYTES: Final = 2**30
_LONGEST_TEXT: Final = 32_767
# Numbers of more digits lose some in a sheet.
_WIDEST_INT: Final = 10**15
_DAMAGE: Final = (
    AttributeError,
    IndexError,
    KeyError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    NotImplementedError,
)
_FIRST_YEAR: Final = 1900
_MOST_SHOWN: Final = 30
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_CHANGED: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


class ExcelReader:
    """Reads one sheet, whose first row names the columns; see `TableReader`.

    Args:
        raw: The workbook, which can seek.
        size: Its bytes.
        sheet: The name of the sheet; None for the first.
        text_columns: The columns that are read as texts; numbers and dates in them are texts, too.

    Raises:
        DataError: If it is no workbook, or has no such sheet.
    """

    def __init__(
        self, raw: IO[bytes], size: int, sheet: str | None, text_columns: Collection[str]
    ) -> None:
        self._size = size
        with _as_damage():
            _check_size(raw)
            book = openpyxl.load_workbook(raw, read_only=True, data_only=True, keep_links=False)
        found = _sheet(book, sheet)
        # What a file says of its own size may be wrong.
        found.reset_dimensions()
        self._cells = _rows_of(found)
        names = next(self._cells, [])
        if not names:
            raise DataError(
                "expected a sheet whose first row names the columns, found it empty. Name another "
                "with --table."
            )
        self.schema = PlainSchema(tuple((as_text(name) or "", Scalar.ANY) for name in names))
        self._text_places = [i for i, name in enumerate(self.schema.names) if name in text_columns]

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        n_columns = len(self.schema.fields)
        first_row = 1
        while cells := list(islice(self._cells, _ROWS_AT_ONCE)):
            faults = {
                i: f"{len(row)} fields, but {n_columns} columns"
                for i, row in enumerate(cells)
                if len(row) > n_columns
            }
            table = PlainTable(
                self.schema,
                list(zip(*(self._filled(row, n_columns) for row in cells), strict=True)),
            )
            yield Rows(table, first_row, faults, self._size if len(cells) < _ROWS_AT_ONCE else 0)
            first_row += len(cells)

    def _filled(self, row: Sequence[Any], n_columns: int) -> list[Any]:
        filled = [*row[:n_columns], *[None] * (n_columns - len(row))]
        for place in self._text_places:
            filled[place] = as_text(filled[place])
        return filled


def write_workbook(rows: Iterable[Sequence[Any]], sink: IO[bytes]) -> None:
    """Write rows, the names of the columns first, to the only sheet of a workbook.

    The same rows give the same bytes: nothing says when it was written.

    Args:
        rows: Their cells.
        sink: Where the bytes go.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("scored")
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    with tempfile.TemporaryFile() as draft:
        book.save(draft)
        draft.seek(0)
        _copy_without_times(draft, sink)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _WIDEST_INT:
        value = str(value)
    is_time = isinstance(value, datetime.date | datetime.time)
    if isinstance(value, bytes | list | dict) or (is_time and not _is_time_of_sheets(value)):
        value = as_text(value)
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    cell = WriteOnlyCell(sheet, value=text)
    # Whatever it begins with, it is a text and no formula.
    cell.data_type = "s"
    return cell


def _is_time_of_sheets(value: Any) -> bool:
    """Return whether sheets have such a time: none with a time zone, none before 1900."""
    is_old = isinstance(value, datetime.date) and value.year <= _FIRST_YEAR
    return getattr(value, "tzinfo", None) is None and not is_old


def _copy_without_times(draft: IO[bytes], sink: IO[bytes]) -> None:
    with (
        zipfile.ZipFile(draft) as found,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for member in found.infolist():
            entry = zipfile.ZipInfo(member.filename, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = member.file_size
            with found.open(member) as source, made.open(entry, "w") as target:
                if member.filename == "docProps/core.xml":
                    target.write(_CHANGED.sub(rb"\g<1>1980-01-01T00:00:00Z", source.read()))
                else:
                    shutil.copyfileobj(source, target)


def _check_size(raw: IO[bytes]) -> None:
    with zipfile.ZipFile(raw) as members:
        n_bytes = sum(member.file_size for member in members.infolist())
    raw.seek(0)
    if n_bytes > _MOST_BYTES:
        raise DataError(
            f"expected a workbook of at most {_MOST_BYTES} bytes when it is unpacked, found "
            f"{n_bytes}. Save the sheet as CSV."
        )


def _sheet(book: Any, name: str | None) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is None and sheets:
        return book.worksheets[0]
    if name not in sheets:
        shown = ", ".join(map(shown_name, [*sheets][:_MOST_SHOWN])) or "(none)"
        raise DataError(f"expected a sheet {name!r}, found {shown}. Name one of them with --table.")
    return sheets[name]


def _rows_of(sheet: Any) -> Iterator[list[Any]]:
    """Yield the cells of each row that is not empty."""
    rows = sheet.iter_rows(values_only=True)
    while True:
        with _as_damage():
            row = next(rows, None)
        if row is None:
            return
        if cells := _without_empty_end(row):
            yield cells


def _without_empty_end(row: Sequence[Any]) -> list[Any]:
    n_cells = next((n for n in range(len(row), 0, -1) if row[n - 1] not in (None, "")), 0)
    return list(row[:n_cells])


@contextmanager
def _as_damage() -> Iterator[None]:
    """Make what openpyxl says of a damaged workbook an answer."""
    try:
        with warnings.catch_warnings():
            # It warns of what it leaves out, such as styles.
            warnings.simplefilter("ignore")
            yield
    except _DAMAGE as error:
        raise DataError(
            f"expected a whole workbook, found {type(error).__name__} while reading. Save it anew "
            "in Excel, or as CSV."
        ) from error
