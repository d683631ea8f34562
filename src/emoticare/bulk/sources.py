"""The inputs of a job as one table: columns that all files share, and each file's rows."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pyarrow as pa

from emoticare.bulk.formats import TableFormat
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_schema import infer_schema
from emoticare.bulk.readers import TableReader, open_reader
from emoticare.bulk.rows import Rows
from emoticare.errors import DataError, UsageError


class Sources:
    """Reads the inputs of a job.

    Args:
        files: At least one.
        text_column: Holds the texts.
        added: The columns that scoring adds.
        output: The format that will be written.

    Attributes:
        schema: Of the columns that will be written, without those that are added.
        keeps_lines: Whether rows are JSON lines that are written as they are.

    Raises:
        DataError: If a file cannot be read, or its columns do not fit.
        UsageError: If JSON lines from standard input are to become a table.
    """

    def __init__(
        self,
        files: Sequence[InputFile],
        text_column: str,
        added: Collection[str],
        output: TableFormat,
    ) -> None:
        self._files = files
        self._text_column = text_column
        self._added = added
        self._open_files = ExitStack()
        self._stdin: TableReader | None = None
        is_json = [file.format.kind == "jsonl" for file in files]
        if any(is_json) and not all(is_json):
            raise UsageError(
                "Expected inputs of one kind, found JSON lines among tables. Score them apart."
            )
        self.keeps_lines = all(is_json) and output.kind == "jsonl"
        self._json_schema = self._infer() if all(is_json) and not self.keeps_lines else None
        self.schema = self._common_schema()

    @property
    def files(self) -> Sequence[InputFile]:
        """The inputs, in order."""
        return self._files

    def rows(self, file: int) -> Iterator[Rows]:
        """Yield all rows of an input, in order.

        Raises:
            DataError: If it cannot be read to its end, or changed meanwhile.
        """
        if self._stdin is not None:
            with self._open_files:
                yield from self._stdin.rows()
            return
        with self._open(self._files[file]) as reader:
            yield from reader.rows()
        self._files[file].check_unchanged()

    @contextmanager
    def _open(self, file: InputFile) -> Iterator[TableReader]:
        with open_reader(
            file, self._text_column, self._added, json_schema=self._json_schema
        ) as reader:
            yield reader

    def _infer(self) -> pa.Schema:
        if self._files[0].is_stdin:
            raise UsageError(
                "JSON lines from standard input can only be written as JSON lines, because the "
                "columns of a table are known at the end of the input. Save them as a file first."
            )
        return infer_schema(self._files, self._text_column)

    def _common_schema(self) -> pa.Schema:
        if self._files[0].is_stdin:
            # It can be opened once only.
            self._stdin = self._open_files.enter_context(self._open(self._files[0]))
            return self._stdin.schema
        schemas = [self._schema_of(file) for file in self._files]
        for file, schema in zip(self._files, schemas, strict=True):
            if not schema.equals(schemas[0]):
                raise DataError(
                    f"{file.path}: expected the columns of {self._files[0].path}, with the same "
                    "types and in the same order, found others. Score the files apart."
                )
        return schemas[0]

    def _schema_of(self, file: InputFile) -> pa.Schema:
        with self._open(file) as reader:
            return reader.schema
