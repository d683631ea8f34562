"""Shards: a file's rows cut into pieces, each scored and written whole or not at all."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from emoticare.bulk.formats import TableFormat
from emoticare.bulk.locks import Lock, guarded
from emoticare.bulk.row_scoring import OnRows, ScoredRows, added_schema, score_rows
from emoticare.bulk.rows import Rows, join_rows
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.storage import storage_for
from emoticare.bulk.tables import Schema, and_of_pyarrow
from emoticare.bulk.writers import open_writer
from emoticare.classifier import EmotionClassifier
from emoticare.errors import DataError

# Rows may be long; a shard must fit into memory several times.
_MOST_BYTES: Final = 64 * 2**20
# Nor should a stop cost minutes: long texts take long.
_MOST_CHARS_READ: Final = 4 * 2**20
# About as many as the model reads of a text at most.
_MOST_CHARS_OF_A_TEXT: Final = 2048


@dataclass(frozen=True, order=True)
class ShardId:
    """Which piece of which input a shard is, both counted from 0."""

    file: int
    number: int

    def __str__(self) -> str:
        return f"{self.file:05}-{self.number:05}"


@dataclass(frozen=True)
class ShardSettings:
    """What all shards of a job have in common.

    Attributes:
        score: How rows are scored.
        format: How a shard is stored.
        schema: Of the columns of the input.
        keeps_lines: Whether the rows are JSON lines to be written as they are.
        one_header: Whether only the very first shard names the columns, because the shards will be
            joined.
        lock: Of the output.
    """

    score: ScoreSettings
    format: TableFormat
    schema: Schema
    keeps_lines: bool
    one_header: bool
    lock: Lock


@dataclass(frozen=True)
class ShardTask:
    """A shard to be scored.

    Attributes:
        id: Which one.
        rows: Its rows.
        path: The file to write.
    """

    id: ShardId
    rows: Rows
    path: str


@dataclass(frozen=True)
class ShardResult:
    """A shard that is scored and safely written.

    Attributes:
        id: Which one.
        rows: Its rows.
        failures: Rows that could not be scored.
        size: Bytes of its file.
        sha256: Their sum, hexadecimal.
        label_counts: How many rows carry each label.
        bytes_read: How far its rows reach in the input.
    """

    id: ShardId
    rows: int
    failures: int
    size: int
    sha256: str
    label_counts: Mapping[str, int]
    bytes_read: int


def cut_shards(parts: Iterable[Rows], shard_rows: int, text_column: str) -> Iterator[Rows]:
    """Cut the rows of one file into shards; where they end depends on the file alone.

    Args:
        parts: The rows, some at a time.
        shard_rows: Most rows of a shard; large rows and long texts make it fewer.
        text_column: Holds the texts.
    """
    gathered: list[Rows] = []
    n_rows = n_bytes = n_chars = 0
    for part in parts:
        start = 0
        while start < len(part):
            taken = part.slice(start, min(len(part), start + shard_rows - n_rows))
            gathered.append(taken)
            start += len(taken)
            n_rows += len(taken)
            n_bytes += taken.table.n_bytes
            n_chars += _chars_read(taken, text_column)
            is_large = n_bytes >= _MOST_BYTES or n_chars >= _MOST_CHARS_READ
            if n_rows == shard_rows or is_large:
                yield join_rows(gathered)
                gathered, n_rows, n_bytes, n_chars = [], 0, 0, 0
    if gathered:
        yield join_rows(gathered)


def _chars_read(rows: Rows, text_column: str) -> int:
    texts = rows.table.texts(text_column)
    return sum(min(len(text), _MOST_CHARS_OF_A_TEXT) for text in texts if isinstance(text, str))


def score_shard(
    classifier: EmotionClassifier,
    settings: ShardSettings,
    task: ShardTask,
    on_rows: OnRows | None = None,
) -> ShardResult:
    """Score a shard and write its file, which appears once all of it is safe.

    Args:
        classifier: The model.
        settings: Of all shards.
        task: The shard.
        on_rows: Called now and then with the number of rows scored since the last call.

    Raises:
        DataError: If a value cannot be written in the format.
        EmoticareError: If the file cannot be written.
        UsageError: If the lock of the output was lost.
    """
    try:
        scored = score_rows(classifier, task.rows, settings.score, on_rows)
        size, sha256 = storage_for(task.path).write(
            task.path,
            guarded(
                settings.lock,
                lambda sink: _write(sink, scored, settings, task.id, classifier.labels),
            ),
        )
    except and_of_pyarrow(UnicodeError) as error:
        # Its own words may quote the data, and workers pass a cause on.
        raise DataError(
            f"Expected rows that can be written as {settings.format.name}, found a value that "
            f"cannot ({type(error).__name__}) in the {len(task.rows)} rows from row "
            f"{task.rows.first_row} on. Choose another format for the output."
        ) from None
    return ShardResult(
        task.id,
        len(task.rows),
        scored.failures,
        size,
        sha256,
        scored.label_counts,
        task.rows.bytes_read,
    )


def _write(
    sink: IO[bytes],
    scored: ScoredRows,
    settings: ShardSettings,
    shard: ShardId,
    labels: tuple[str, ...],
) -> tuple[int, str]:
    summed = _Summed(sink)
    schemas = (settings.schema, added_schema(settings.score, labels))
    header = not settings.one_header or shard == ShardId(0, 0)
    stream = cast("IO[bytes]", summed)
    with open_writer(
        stream,
        settings.format,
        schemas,
        keeps_lines=settings.keeps_lines,
        header=header,
        safe=settings.score.safe_for_spreadsheets,
    ) as writer:
        writer.write(scored)
    return summed.tell(), summed.sha256


class _Summed(io.RawIOBase):
    """Passes bytes on and sums them, so that what was written can be told from what is found."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._sum = hashlib.sha256()
        self._n_bytes = 0

    @property
    def sha256(self) -> str:
        """The sum of all bytes, hexadecimal."""
        return self._sum.hexdigest()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._n_bytes

    def write(self, content: Any) -> int:
        self._sum.update(content)
        self._n_bytes += len(memoryview(content).cast("B"))
        return self._sink.write(content)
