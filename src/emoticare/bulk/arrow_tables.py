"""Tables that pyarrow holds, and how others become such."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from emoticare.bulk.cells import as_text
from emoticare.bulk.columns import ReadColumn
from emoticare.bulk.tables import (
    ColumnType,
    ListOf,
    ObjectOf,
    PlainSchema,
    PlainTable,
    Scalar,
    Schema,
    Table,
)
from emoticare.errors import DataError

_TYPES: Final = {
    Scalar.NULL: pa.null(),
    Scalar.BOOL: pa.bool_(),
    Scalar.INT: pa.int64(),
    Scalar.WIDE_INT: pa.int64(),
    Scalar.FLOAT: pa.float64(),
    Scalar.SCORE: pa.float32(),
    Scalar.TEXT: pa.string(),
    Scalar.BYTES: pa.binary(),
    Scalar.ANY: pa.string(),
    Scalar.JSON: pa.string(),
}


@dataclass(frozen=True)
class ArrowSchema:
    """Names and types of columns that have types in their file; see `Schema`."""

    arrow: pa.Schema

    @property
    def names(self) -> list[str]:
        """The names, in order."""
        names: list[str] = self.arrow.names
        return names

    def empty_table(self) -> "ArrowTable":
        """Return a table without rows."""
        return ArrowTable(self.arrow.empty_table())


@dataclass(frozen=True)
class ArrowTable:
    """Rows that pyarrow holds; see `Table`."""

    arrow: pa.Table

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        names: list[str] = self.arrow.column_names
        return names

    @property
    def n_bytes(self) -> int:
        """The bytes in memory."""
        return int(self.arrow.nbytes)

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def slice(self, start: int, stop: int) -> "ArrowTable":
        """Return the rows from position `start` up to `stop`."""
        return ArrowTable(self.arrow.slice(start, stop - start))

    def followed_by(self, others: Sequence["ArrowTable"]) -> "ArrowTable":
        """Return these rows and those of other tables with the same columns."""
        return ArrowTable(pa.concat_tables([self.arrow, *(other.arrow for other in others)]))

    def columns(self) -> list[list[Any]]:
        """Return the values of each column, with U+FFFD for bytes that are not UTF-8."""
        return [python_values(column) for column in self.arrow.columns]

    def texts(self, column: str) -> Iterator[Any]:
        """Yield the values of a column: strings, None, or bytes that are not UTF-8."""
        found = self.arrow[column]
        if pa.types.is_dictionary(found.type):
            found = found.cast(found.type.value_type)
        try:
            values = found.to_pylist()
        except UnicodeDecodeError:
            values = found.cast(pa.large_binary()).to_pylist()
        for value in values:
            if isinstance(value, bytes):
                try:
                    yield value.decode()
                except UnicodeDecodeError:
                    yield value
            else:
                yield value


def python_values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values, with U+FFFD for bytes that are not UTF-8."""
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.large_binary()).to_pylist()
        values = [None if value is None else value.decode(errors="replace") for value in raw]
    return values


def arrow_schema(schema: Schema) -> pa.Schema:
    """Return any schema as pyarrow's."""
    if isinstance(schema, PlainSchema):
        return pa.schema([_field(name, found) for name, found in schema.fields])
    assert isinstance(schema, ArrowSchema)
    return schema.arrow


def arrow_table(table: Table) -> pa.Table:
    """Return any table as pyarrow's."""
    if isinstance(table, PlainTable):
        schema = arrow_schema(table.schema)
        columns = [
            pa.array(map(as_text, values) if found is Scalar.ANY else values, _arrow_type(found))
            for values, (_, found) in zip(table.values, table.schema.fields, strict=True)
        ]
        return pa.table(columns, schema=schema)
    assert isinstance(table, ArrowTable)
    return table.arrow


def check_text_type(schema: Schema, column: ReadColumn) -> None:
    """Make sure that a column can hold texts.

    Raises:
        DataError: If its type is another one.
    """
    found = arrow_schema(schema).field(column.name).type
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
            f"expected texts in the column {column.name!r}, found {found}. Name the "
            f"column that holds {column.holds} with {column.option}."
        )


def _field(name: str, found: ColumnType) -> pa.Field:
    metadata = {b"json": b"1"} if found is Scalar.JSON else None
    return pa.field(name, _arrow_type(found), metadata=metadata)


def _arrow_type(found: ColumnType) -> pa.DataType:
    if isinstance(found, ListOf):
        return pa.list_(_arrow_type(found.item))
    if isinstance(found, ObjectOf):
        return pa.struct([(name, _arrow_type(inner)) for name, inner in found.fields])
    return _TYPES[found]
