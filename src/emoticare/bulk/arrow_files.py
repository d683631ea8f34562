"""Parquet and Arrow files -> rows, with the types that they have."""

from collections.abc import Iterator
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from emoticare.bulk.arrow_tables import ArrowSchema, ArrowTable
from emoticare.bulk.rows import Rows

_ROWS_AT_ONCE: Final = 4096
_IPC_FILE_MARK: Final = b"ARROW1"


class ParquetReader:
    """Reads a Parquet file; see `TableReader`.

    Args:
        raw: The file, which can seek.
        size: Its bytes.
    """

    def __init__(self, raw: IO[bytes], size: int) -> None:
        # Without buffering all of a row group in memory.
        self._file = pq.ParquetFile(raw, pre_buffer=False, buffer_size=2**20)
        self._size = size
        self.schema: ArrowSchema = ArrowSchema(self._file.schema_arrow)

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        n_rows = self._file.metadata.num_rows
        first_row = 1
        for batch in self._file.iter_batches(_ROWS_AT_ONCE, use_threads=False):
            table = ArrowTable(pa.Table.from_batches([batch], schema=self.schema.arrow))
            done = (first_row + len(batch) - 1) / n_rows
            yield Rows(table, first_row, bytes_read=int(self._size * done))
            first_row += len(batch)


class ArrowReader:
    """Reads an Arrow IPC file, or a stream of the same; see `TableReader`.

    Args:
        raw: The file; a stream need not seek.
        size: Its bytes, 0 where they are unknown.
    """

    def __init__(self, raw: IO[bytes], size: int) -> None:
        self._size = size
        self._raw = raw
        self._is_file = raw.seekable() and raw.read(len(_IPC_FILE_MARK)) == _IPC_FILE_MARK
        if raw.seekable():
            raw.seek(0)
        self._table: Any = pa.ipc.open_file(raw) if self._is_file else pa.ipc.open_stream(raw)
        self.schema: ArrowSchema = ArrowSchema(self._table.schema)

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order; see `TableReader`."""
        first_row = 1
        for batch, bytes_read in self._batches():
            for start in range(0, len(batch), _ROWS_AT_ONCE):
                part = batch.slice(start, _ROWS_AT_ONCE)
                # What comes from outside may lie about its own offsets.
                part.validate(full=True)
                table = ArrowTable(pa.Table.from_batches([part], schema=self.schema.arrow))
                yield Rows(table, first_row, bytes_read=bytes_read)
                first_row += len(part)

    def _batches(self) -> Iterator[tuple[pa.RecordBatch, int]]:
        if not self._is_file:
            for batch in self._table:
                yield batch, self._raw.tell() if self._raw.seekable() else 0
            return
        n_batches = self._table.num_record_batches
        for i in range(n_batches):
            yield self._table.get_batch(i), self._size * (i + 1) // n_batches
