"""The inputs of a job as one table: columns that all files share, and each file's rows."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from emoticare.bulk.delimited_files import DelimitedReader
from emoticare.bulk.formats import TableFormat
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.json_schema import infer_schema
from emoticare.bulk.readers import OnNote, TableReader, open_reader
from emoticare.bulk.rows import Rows
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.tables import PlainSchema, Schema
from emoticare.errors import DataError, UsageError


class Sources:
    """Reads the inputs of a job.

    Args:
        files: At least one.
        settings: How rows are read.
        added: The columns that scoring adds.
        output: The format that will be written.
        on_note: Called once with each thing that was found out about a file.

    Attributes:
        output: The format that will be written; CSV has the delimiter of CSV that is read.
        schema: Of the columns that will be written, without those that are added.
        keeps_lines: Whether rows are JSON lines that are written as they are.

    Raises:
        DataError: If a file cannot be read, or its columns do not fit.
        UsageError: If JSON lines from standard input are to become a table.
    """

    def __init__(
        self,
        files: Sequence[InputFile],
        settings: ScoreSettings,
        added: Collection[str],
        output: TableFormat,
        on_note: OnNote | None = None,
    ) -> None:
        self._files = files
        self._settings = settings
        self._added = added
        self._on_note = on_note or (lambda _: None)
        self._noted: set[str] = set()
        self._open_files = ExitStack()
        self._stdin: TableReader | None = None
        is_json = [file.format.is_json for file in files]
        if any(is_json) and not all(is_json):
            raise UsageError(
                "Expected inputs of one kind, found JSON among tables. Score them apart."
            )
        self.keeps_lines: bool = all(is_json) and output.is_json
        self._json_schema = self._infer() if all(is_json) and not self.keeps_lines else None
        self.output: TableFormat = output
        self.schema: Schema = self._common_schema()

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
            file, self._settings, self._added, self._note, json_schema=self._json_schema
        ) as reader:
            yield reader

    def _note(self, note: str) -> None:
        """Files are opened several times."""
        if note not in self._noted:
            self._noted.add(note)
            self._on_note(note)

    def _infer(self) -> PlainSchema:
        if self._files[0].is_stdin:
            raise UsageError(
                "JSON from standard input can only be written as JSON, because the "
                "columns of a table are known at the end of the input. Save them as a file first."
            )
        return infer_schema(self._files, self._settings, self._note)

    def _common_schema(self) -> Schema:
        if self._files[0].is_stdin:
            # It can be opened once only.
            self._stdin = self._open_files.enter_context(self._open(self._files[0]))
            return self._schema_of_first(self._stdin)
        with self._open(self._files[0]) as reader:
            schemas = [self._schema_of_first(reader)]
        schemas += [self._schema_of(file) for file in self._files[1:]]
        for file, schema in zip(self._files, schemas, strict=True):
            if not _are_alike(schema, schemas[0]):
                raise DataError(
                    f"{file.path}: expected the columns of {self._files[0].path}, with the same "
                    "types and in the same order, found others. Score the files apart."
                )
        return schemas[0]

    def _schema_of_first(self, reader: TableReader) -> Schema:
        kinds = {self.output.kind, self._files[0].format.kind}
        if isinstance(reader, DelimitedReader) and kinds == {"csv"}:
            self.output = replace(self.output, separator=reader.delimiter)
        return reader.schema

    def _schema_of(self, file: InputFile) -> Schema:
        with self._open(file) as reader:
            return reader.schema


def _are_alike(one: Schema, other: Schema) -> bool:
    if isinstance(one, PlainSchema) and isinstance(other, PlainSchema):
        return one == other
    from emoticare.bulk.arrow_tables import arrow_schema

    return bool(arrow_schema(one).equals(arrow_schema(other)))
