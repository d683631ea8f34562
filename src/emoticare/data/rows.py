"""Rows of a user's own tables: a text, the names of its labels, and where it stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from emoticare.data.faults import Faults, RowError, check_text, place
from emoticare.data.table_formats import Record, read_records
from emoticare.errors import UsageError

OnProblem = Literal["stop", "drop"]


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How to read a user's own data.

    Attributes:
        text_column: Holds the texts.
        labels_column: Holds the labels: a list of names, or names joined by the delimiter.
        id_column: Holds a name for each row; without it that is the file's name and the line.
        delimiter: Between the labels of a row; None where a value is always one label.
        labels: The label set in its order; without it, the names that occur, sorted.
        seed: Of the split of a single file into train, validation and test.
        on_problem: "stop" at rows and labels that would spoil training, or "drop" them.

    Raises:
        UsageError: A value makes no sense.
    """

    text_column: str = "text"
    labels_column: str = "labels"
    id_column: str | None = None
    delimiter: str | None = "|"
    labels: tuple[str, ...] | None = None
    seed: int = 0
    on_problem: OnProblem = "stop"

    def __post_init__(self) -> None:
        if self.text_column == self.labels_column:
            raise UsageError("Expected two columns for texts and labels, found one name for both.")
        if self.delimiter == "":
            raise UsageError(
                'Expected a delimiter such as "|", found an empty one. '
                "Pass None where a value is one label."
            )
        if self.on_problem not in get_args(OnProblem):
            raise UsageError(f'Expected on_problem "stop" or "drop", found {self.on_problem!r}.')
        if self.seed < 0:
            raise UsageError(f"Expected a seed from 0 up, found {self.seed}.")
        if self.labels is not None and len(set(self.labels)) != len(self.labels):
            raise UsageError("Expected each label once in the label set, found one repeated.")

    @property
    def columns(self) -> list[str]:
        """The columns that a file must have."""
        named = [self.text_column, self.labels_column]
        return named if self.id_column is None else [*named, self.id_column]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a user's own data.

    Attributes:
        text: The text, as it stands in the file.
        labels: The names of its labels; may be empty.
        id: From the id column, or else the file's name and the line.
        path: The file.
        line: The line where the row begins, from 1; in Parquet its number.
    """

    text: str
    labels: tuple[str, ...]
    id: str
    path: Path
    line: int

    @property
    def where(self) -> str:
        """The file and the line, in words."""
        return place(self.path, self.line)


def row_faults() -> Faults:
    """Return an empty account of malformed rows."""
    return Faults(
        expected="a text and labels in each row, in UTF-8", fix="Correct or remove these rows."
    )


def read_rows(path: Path, options: TableOptions, faults: Faults) -> list[Row]:
    """Read the rows of one file that are well formed; the others go to `faults`.

    Raises:
        DataError: The file cannot be read, or lacks a column.
        MissingExtraError: The file is Parquet and pyarrow is not installed.
    """
    rows = []
    for line, record in read_records(path, options.columns, faults):
        try:
            rows.append(_to_row(record, options, path, line))
        except RowError as error:
            faults.add(place(path, line), str(error))
    return rows


def _to_row(record: Record, options: TableOptions, path: Path, line: int) -> Row:
    text = record.get(options.text_column)
    if not isinstance(text, str):
        raise RowError("a text that is missing or is not a string")
    check_text(text)
    labels = _to_labels(record.get(options.labels_column), options.delimiter)
    row_id = f"{path.name}:{line}"
    if options.id_column is not None:
        row_id = _to_id(record.get(options.id_column))
    return Row(text, labels, row_id, path, line)


def _to_labels(value: Any, delimiter: str | None) -> tuple[str, ...]:
    if isinstance(value, str):
        if not value.strip():
            return ()
        value = [value] if delimiter is None else value.split(delimiter)
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise RowError("labels that are neither a string nor a list of strings")
    names = tuple(name.strip() for name in value)
    if not all(name.isprintable() and name for name in names):
        raise RowError("a label that is empty or not printable")
    if len(set(names)) != len(names):
        raise RowError("a repeated label")
    return names


def _to_id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError("an id that is neither a string nor a whole number")
    if not str(value).isprintable():
        raise RowError("an id that is not printable")
    return str(value)
