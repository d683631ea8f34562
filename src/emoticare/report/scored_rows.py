"""Files -> rows with their probabilities: those in the file, or else those of the model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emoticare.bulk.arrow_tables import arrow_table
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.readers import open_reader
from emoticare.bulk.rows import Rows, readable_texts
from emoticare.bulk.settings import SCORE_COLUMN_PREFIX, ScoreSettings
from emoticare.bulk.tables import PlainSchema, Scalar
from emoticare.classifier import EmotionClassifier, load
from emoticare.data.faults import shown_name
from emoticare.errors import DataError
from emoticare.model.artifact import ModelArtifact
from emoticare.report.settings import ReportSettings
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import clean_text

_NO_SCORES = "no scores, though other rows have them"


@dataclass(frozen=True)
class ScoredRows:
    """Some rows of a file.

    Attributes:
        table: Their columns.
        positions: Which of them have probabilities, of shape (n_scored,).
        probabilities: float32 of shape (n_scored, n_labels).
        faults: Why the others have none, by position.
        was_scored: Whether the probabilities stood in the file.
        bytes_read: How far the reader had come in the file.
        warnings: How many texts have each warning of `Prediction`; none where scores were read.
    """

    table: pa.Table
    positions: "np.ndarray[Any, np.dtype[np.int64]]"
    probabilities: FloatArray
    faults: Mapping[int, str]
    was_scored: bool
    bytes_read: int
    warnings: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.table.num_rows)


class ScoredReader:
    """Reads files, some thousand rows at a time, and scores what is not scored yet.

    A file that `emoticare score --scores all` wrote is not scored again.

    Args:
        artifact: The model.
        settings: Which columns to read.
    """

    def __init__(self, artifact: ModelArtifact, settings: ReportSettings) -> None:
        self._artifact = artifact
        self._settings = settings
        self._score_columns = [SCORE_COLUMN_PREFIX + label for label in artifact.config.labels]

    @cached_property
    def _classifier(self) -> EmotionClassifier:
        return load(self._artifact, device=self._settings.device)

    def rows(self, file: InputFile) -> Iterator[ScoredRows]:
        """Yield all rows of a file.

        Raises:
            DataError: If it cannot be read, or lacks a column.
        """
        settings = self._settings
        wanted = [settings.text_column, settings.time_column, settings.group_column]
        columns = [column for column in wanted if column]
        json_schema = (
            PlainSchema(tuple((name, Scalar.TEXT) for name in (*columns, *self._score_columns)))
            if file.format.is_json
            else None
        )
        reading = ScoreSettings(text_column=settings.text_column)
        with open_reader(file, reading, (), lambda _: None, json_schema=json_schema) as reader:
            names = reader.schema.names
            for column in columns:
                _check_column(names, column)
            is_scored: bool | None = None
            for rows in reader.rows():
                if is_scored is None:
                    is_scored = self._has_scores(arrow_table(rows.table))
                yield self._of_file(rows) if is_scored else self._of_model(rows)

    def _has_scores(self, table: pa.Table) -> bool:
        # Of JSON lines every column is made, be it empty.
        return set(self._score_columns) <= set(table.column_names) and any(
            table[name].null_count < len(table) for name in self._score_columns
        )

    def _of_file(self, rows: Rows) -> ScoredRows:
        table = arrow_table(rows.table)
        columns = [_as_floats(table[name]) for name in self._score_columns]
        probabilities = np.column_stack(columns) if len(rows) else np.zeros((0, len(columns)))
        usable = np.all((probabilities >= 0) & (probabilities <= 1), axis=1)
        usable = np.asarray(usable)
        usable[list(rows.faults)] = False
        faults = {int(i): _NO_SCORES for i in np.flatnonzero(~usable)} | dict(rows.faults)
        return ScoredRows(
            table,
            np.flatnonzero(usable),
            probabilities[usable].astype(np.float32),
            faults,
            was_scored=True,
            bytes_read=rows.bytes_read,
        )

    def _of_model(self, rows: Rows) -> ScoredRows:
        texts, faults = readable_texts(rows, self._settings.text_column)
        positions = [i for i in range(len(texts)) if i not in faults]
        tokenized = self._classifier.tokenize([clean_text(texts[i]) for i in positions])
        return ScoredRows(
            arrow_table(rows.table),
            np.array(positions, np.int64),
            sigmoid(self._classifier.logits(tokenized)),
            faults,
            was_scored=False,
            bytes_read=rows.bytes_read,
            warnings=Counter(chain.from_iterable(self._classifier.warnings(tokenized))),
        )


def _check_column(names: Sequence[str], column: str) -> None:
    if column not in names:
        shown = ", ".join(map(shown_name, names[:30]))
        raise DataError(f"expected a column {column!r}, found the columns {shown}. Name another.")


def _as_floats(column: pa.ChunkedArray) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return a column's numbers, NaN for what is none."""
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
    try:
        filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
        return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowException:
        return np.array([_as_float(value) for value in column.to_pylist()])


def _as_float(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")
