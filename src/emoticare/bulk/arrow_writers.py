"""Scored rows -> Parquet and Arrow files, with the types that their columns have."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from emoticare.bulk.arrow_tables import arrow_schema, arrow_table
from emoticare.bulk.formats import TableFormat
from emoticare.bulk.row_scoring import ScoredRows
from emoticare.bulk.tables import Schema


class TypedWriter:
    """Writes scored rows to an open file; see `TableWriter`."""

    def __init__(self, writer: Any, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def write(self, scored: ScoredRows) -> None:
        """Write rows after those already written."""
        own, added = arrow_table(scored.rows.table), arrow_table(scored.added)
        columns = [
            column.cast(field.type) if column.type != field.type else column
            for column, field in zip([*own.columns, *added.columns], self._schema, strict=True)
        ]
        # One row group or batch for each shard, however its rows were read.
        self._writer.write_table(pa.table(columns, schema=self._schema).combine_chunks())


@contextmanager
def open_typed_writer(
    sink: IO[bytes], table_format: TableFormat, schemas: tuple[Schema, Schema]
) -> Iterator[TypedWriter]:
    """Open a writer on an open file, which stays open.

    Args:
        sink: Where the bytes go.
        table_format: Parquet or Arrow.
        schemas: Of the columns of the file that is read, and of those that are added.
    """
    own, added = map(arrow_schema, schemas)
    if table_format.kind != "parquet":
        own = _without_dictionaries(own)
    schema = pa.schema([*own, *added], metadata=own.metadata)
    make = pq.ParquetWriter if table_format.kind == "parquet" else pa.ipc.new_file
    with make(sink, schema) as writer:
        yield TypedWriter(writer, schema)


def merge_typed(parts: Iterable[IO[bytes]], sink: IO[bytes], table_format: TableFormat) -> None:
    """Join the files of shards in their order; see `merge_files`."""
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
