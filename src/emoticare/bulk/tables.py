"""Tables: what readers and writers ask of any, and those that are plain Python values.

Columns that have a type in their file are pyarrow's; see `arrow_tables`.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, Final, Protocol

_BYTES_OF_AN_OFFSET: Final = 4
_BYTES_OF_A_NUMBER: Final = 8


class Scalar(StrEnum):
    """What a column of single values holds; in each, None stands for no value."""

    NULL = "null"
    BOOL = "bool"
    INT = "int"
    WIDE_INT = "wide int"
    """Of which some are no floats."""
    FLOAT = "float"
    SCORE = "score"
    """Floats of single precision."""
    TEXT = "text"
    BYTES = "bytes"
    ANY = "any"
    """Values of several types, as the cells of a sheet hold them."""
    JSON = "json"
    """Texts that spell values without a common type."""


@dataclass(frozen=True)
class ListOf:
    """What a column of lists holds."""

    item: "ColumnType"


@dataclass(frozen=True)
class ObjectOf:
    """What a column of objects holds: the type of each key."""

    fields: tuple[tuple[str, "ColumnType"], ...]


ColumnType = Scalar | ListOf | ObjectOf


class Schema(Protocol):
    """Names and types of columns."""

    @property
    def names(self) -> Sequence[str]:
        """The names, in order."""
        ...

    def empty_table(self) -> "Table":
        """Return a table without rows."""
        ...


class Table(Protocol):
    """Some rows."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, in order."""
        ...

    @property
    def n_bytes(self) -> int:
        """How much there is to hold in memory."""
        ...

    def __len__(self) -> int: ...

    def slice(self, start: int, stop: int) -> "Table":
        """Return the rows from position `start` up to `stop`."""
        ...

    def followed_by(self, others: Sequence[Any]) -> "Table":
        """Return these rows and those of other tables with the same columns."""
        ...

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column, with U+FFFD for bytes that are not UTF-8."""
        ...

    def texts(self, column: str) -> Iterable[Any]:
        """Return the values of a column: strings, None, or bytes that are not UTF-8."""
        ...


@dataclass(frozen=True)
class PlainSchema:
    """Names and types of columns of Python values; see `Schema`."""

    fields: tuple[tuple[str, ColumnType], ...]

    @property
    def names(self) -> list[str]:
        """The names, in order."""
        return [name for name, _ in self.fields]

    def empty_table(self) -> "PlainTable":
        """Return a table without rows."""
        return PlainTable(self, [()] * len(self.fields))


@dataclass(frozen=True)
class PlainTable:
    """Rows of Python values; see `Table`.

    Attributes:
        schema: Of the columns.
        values: Those of each column.
    """

    schema: PlainSchema
    values: Sequence[Sequence[Any]]

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return self.schema.names

    @property
    def n_bytes(self) -> int:
        """The bytes of the values, and of telling where each of them lies."""
        return sum(map(_n_bytes, self.values))

    def __len__(self) -> int:
        return len(self.values[0])

    def slice(self, start: int, stop: int) -> "PlainTable":
        """Return the rows from position `start` up to `stop`."""
        return PlainTable(self.schema, [column[start:stop] for column in self.values])

    def followed_by(self, others: Sequence["PlainTable"]) -> "PlainTable":
        """Return these rows and those of other tables with the same columns."""
        if not others:
            return self
        parts = zip(self.values, *(other.values for other in others), strict=True)
        return PlainTable(self.schema, [list(chain.from_iterable(part)) for part in parts])

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column."""
        return self.values

    def column(self, name: str) -> Sequence[Any]:
        """Return the values of one column."""
        return self.values[self.names.index(name)]

    def texts(self, column: str) -> Sequence[Any]:
        """Return the values of a column."""
        return self.column(column)


def and_of_pyarrow(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """Return some errors and those of pyarrow, where it is in use."""
    pyarrow = sys.modules.get("pyarrow")
    return (*others, pyarrow.ArrowException) if pyarrow else others


def _n_bytes(values: Iterable[Any]) -> int:
    return _BYTES_OF_AN_OFFSET + sum(map(_n_bytes_of, values))


def _n_bytes_of(value: Any) -> int:
    if isinstance(value, str):
        n_chars = len(value) if value.isascii() else len(value.encode(errors="replace"))
        return n_chars + _BYTES_OF_AN_OFFSET
    if isinstance(value, bytes):
        return len(value) + _BYTES_OF_AN_OFFSET
    if isinstance(value, list | dict):
        return _n_bytes(_items(value))
    return _BYTES_OF_AN_OFFSET if value is None else _BYTES_OF_A_NUMBER


def _items(value: list[Any] | dict[str, Any]) -> Iterator[Any]:
    return iter(value.values()) if isinstance(value, dict) else iter(value)
