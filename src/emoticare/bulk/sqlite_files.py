"""Tables of SQLite databases -> rows, and rows -> a table of a new database."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from emoticare.bulk.cells import as_text
from emoticare.bulk.encodings import is_utf8, without_invalid_bytes
from emoticare.bulk.rows import INVALID_UTF8, Rows
from emoticare.bulk.storage import is_url
from emoticare.bulk.tables import PlainSchema, PlainTable, Scalar
from emoticare.data.faults import shown_name
from emoticare.errors import DataError, UsageError

DEFAULT_TABLE: Final = "scored"
_ROWS_AT_ONCE: Final = 4096
_CHARS_AT_ONCE: Final = 16_000_000
_LONGEST_VALUE: Final = 16_000_000
_MOST_SHOWN: Final = 30
_WIDEST_INT: Final = 2**63
# Views, virtual tables and SQLite's own: what a file says of these could run for ever.
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
)


class SqliteReader:
    """Reads one table; see `TableReader`.

    Args:
        path: The database, on a local disk.
        table: The name of the table; None for the only one.

    Raises:
        DataError: If it is no database, is in use, or has no such table.
        UsageError: If it lies in an object store.
    """

    def __init__(self, path: str, table: str | None) -> None:
        if is_url(path):
            raise UsageError(f"Expected a database on a local disk, found {path}. Copy it first.")
        self._path = path
        with _opened(path) as connection:
            self._select = f"SELECT * FROM {_quoted(_table(connection, table))}"  # noqa: S608
            cursor = connection.execute(f"{self._select} LIMIT 0")
            names = [_clean(name) for name, *_ in cursor.description]
        self.schema = PlainSchema(tuple((name, Scalar.ANY) for name in names))

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        first_row = 1
        with _opened(self._path) as connection:
            for found in _groups(connection.execute(self._select)):
                broken = [i for i, row in enumerate(found) if not all(map(_is_valid, row))]
                for i in broken:
                    found[i] = tuple(map(_clean, found[i]))
                table = PlainTable(self.schema, list(zip(*found, strict=True)))
                first = first_row
                first_row += len(found)
                yield Rows(table, first, dict.fromkeys(broken, INVALID_UTF8))


def check_table(table: str | None, names: Sequence[str]) -> None:
    """Make sure that a database can have a table with such columns.

    Raises:
        UsageError: If it cannot.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(_creation(table, names))
    except (sqlite3.Error, ValueError) as error:
        raise UsageError(
            "Expected a table and columns that SQLite can have, found others: no more than 2,000 "
            "columns, whose names differ in more than their case. Choose another format."
        ) from error


def write_database(rows: Iterable[Sequence[Any]], sink: IO[bytes], table: str | None) -> None:
    """Write rows, the names of the columns first, to the only table of a database.

    Args:
        rows: Their cells.
        sink: Where the bytes go.
        table: The name of the table; None for `DEFAULT_TABLE`.
    """
    left = iter(rows)
    names = next(left)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft"
        with closing(sqlite3.connect(draft)) as connection, connection:
            connection.execute(_creation(table, names))
            places = ", ".join("?" * len(names))
            connection.executemany(
                f"INSERT INTO {_quoted(table or DEFAULT_TABLE)} VALUES ({places})",  # noqa: S608
                (list(map(_stored, row)) for row in left),
            )
        with draft.open("rb") as file:
            shutil.copyfileobj(file, sink)


def _creation(table: str | None, names: Sequence[str]) -> str:
    return f"CREATE TABLE {_quoted(table or DEFAULT_TABLE)} ({', '.join(map(_quoted, names))})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _stored(value: Any) -> Any:
    if isinstance(value, int) and not -_WIDEST_INT <= value < _WIDEST_INT:
        return str(value)
    return value if isinstance(value, str | bytes | int | float | None) else as_text(value)


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise DataError(
            "expected a database that nobody writes to, found one in use. Close what has it open, "
            "or score a copy."
        )
    try:
        address = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
            yield connection
    except sqlite3.Error as error:
        raise DataError(
            f"expected a whole SQLite database, found {type(error).__name__} while reading. Copy "
            "the file anew."
        ) from error


def _table(connection: sqlite3.Connection, name: str | None) -> str:
    names: list[str] = [found for (found,) in connection.execute(_TABLES)]
    if name is None and len(names) == 1:
        return names[0]
    if name in names:
        return name
    shown = ", ".join(map(shown_name, names[:_MOST_SHOWN])) or "(none)"
    wanted = "one table" if name is None else f"a table {name!r}"
    raise DataError(f"expected {wanted}, found {shown}. Name one of them with --table.")


def _groups(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    rows: list[tuple[Any, ...]] = []
    n_chars = 0
    for row in cursor:
        rows.append(row)
        n_chars += sum(len(value) for value in row if isinstance(value, str | bytes)) + len(row)
        if len(rows) == _ROWS_AT_ONCE or n_chars >= _CHARS_AT_ONCE:
            yield rows
            rows, n_chars = [], 0
    if rows:
        yield rows


def _is_valid(value: Any) -> bool:
    return not isinstance(value, str) or is_utf8(value)


def _clean(value: Any) -> Any:
    return value if _is_valid(value) else without_invalid_bytes(value)
