"""A job: some files in, one file or a folder of shards out, every row exactly once."""

import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from emoticare._version import __version__
from emoticare.bulk.engines import SerialEngine, ShardEngine
from emoticare.bulk.formats import check_installed, parse_format
from emoticare.bulk.inputs import InputFile, check_output_apart, find_inputs, with_sums
from emoticare.bulk.locks import Lock, guarded
from emoticare.bulk.manifest import Manifest
from emoticare.bulk.output import Output
from emoticare.bulk.readers import OnNote
from emoticare.bulk.rows import Rows, readable_replies
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.shards import ShardId, ShardResult, ShardSettings, ShardTask, cut_shards
from emoticare.bulk.sources import Sources
from emoticare.bulk.sqlite_files import check_table
from emoticare.bulk.summary import Summary
from emoticare.bulk.writers import merge_files
from emoticare.engines.factory import resolve_device
from emoticare.errors import DataError, EmoticareError, UsageError
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact, load_artifact
from emoticare.stages.decision import resolve_threshold


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        rows: Rows done, those of earlier runs included.
        rows_this_run: Rows that this run scored.
        failures: Rows that could not be scored.
        bytes_read: Bytes of the inputs that are done.
        bytes_before: Bytes among them that this run found done.
        n_bytes: Bytes of all inputs; 0 where nobody knows.
        rows_in_work: Rows scored of shards that are not done, which a stop would cost.
        bytes_in_work: Bytes of the inputs that they take, about.
    """

    rows: int = 0
    rows_this_run: int = 0
    failures: int = 0
    bytes_read: int = 0
    bytes_before: int = 0
    n_bytes: int = 0
    rows_in_work: int = 0
    bytes_in_work: int = 0


OnProgress = Callable[[Progress], None]
# Within a shard, progress is told no more often than eyes can follow.
_TELL_EVERY_S: Final = 0.25
_SERIAL: Final = SerialEngine()


def score_files(
    inputs: Sequence[str],
    output: str,
    settings: ScoreSettings | None = None,
    *,
    model: Path | str | ModelArtifact | None = None,
    input_format: str | None = None,
    output_format: str | None = None,
    engine: ShardEngine = _SERIAL,
    restart: bool = False,
    verify_inputs: bool | None = None,
    on_progress: OnProgress | None = None,
    on_note: OnNote | None = None,
) -> Summary:
    """Score files: the same rows, in the same order, with emotions added.

    A run that was stopped, by whatever means, goes on where it stood when it is called again in the
    same way; its result has the same bytes as that of a run that was never stopped.

    Args:
        inputs: Files, folders, patterns, URLs, or "-" alone for standard input.
        output: A file, or a folder, which gets a file for each shard.
        settings: How to score; the defaults of `ScoreSettings` otherwise.
        model: A model's folder, or one in memory; None for the one in the package.
        input_format: A format's name, where the endings of the inputs do not tell.
        output_format: Likewise for the output.
        engine: Who scores the shards.
        restart: Whether to drop what an earlier run did.
        verify_inputs: Whether an input counts as changed when its SHA-256 sum is another one, too;
            by default where that takes little: see `with_sums`.
        on_progress: Called after every shard, and now and then within one.
        on_note: Called with what was found out about the inputs: an encoding, a delimiter.

    Raises:
        DataError: If an input cannot be read, or with `strict` has a row that cannot be scored.
        UsageError: If an argument makes no sense, the output is taken, another run works on it, or
            an earlier run had another model, input or setting.
        EmoticareError: If the output cannot be written.
    """
    settings = settings or ScoreSettings()
    settings = replace(settings, device=resolve_device(settings.device))
    artifact = as_artifact(model)
    settings.check_read_by(artifact.config)
    files = find_inputs(inputs, parse_format(input_format) if input_format else None)
    target = Output.parse(output, parse_format(output_format) if output_format else None, files[0])
    settings.check_fits(target.format)
    check_installed(target.format)
    check_output_apart(inputs, files, target.path)
    resolve_threshold(settings.threshold, artifact.config.labels, artifact.config.thresholds)
    target.check_free(restart=restart)
    files = with_sums(files, verify=verify_inputs)
    with target.storage.lock(target.lock_path) as lock:
        if restart:
            target.remove_work()
        try:
            job = _Job(
                files,
                target,
                settings,
                artifact,
                on_progress=on_progress,
                on_note=on_note,
                lock=lock,
            )
            return job.run(engine)
        except (EmoticareError, KeyboardInterrupt):
            # Of a run that lost its lock, nothing may be removed: it may be another's.
            with suppress(UsageError, OSError):
                lock.check()
                target.remove_unused()
            raise


def as_artifact(model: Path | str | ModelArtifact | None) -> ModelArtifact:
    """Read a model, unless it is in memory already.

    Raises:
        ArtifactError: If the folder is missing, incomplete, altered or foreign.
    """
    if isinstance(model, ModelArtifact):
        return model
    return load_artifact(EMBEDDED_MODEL if model is None else model)


def stop_at_fault(file: InputFile, rows: Rows, settings: ScoreSettings) -> None:
    """Refuse rows of which one cannot be scored.

    Raises:
        DataError: Names the first such row.
    """
    *_, faults = readable_replies(rows, settings.text_column, settings.context_column)
    if faults:
        first = min(faults)
        raise DataError(
            f"{file.shown}, row {rows.first_row + first}: expected a text that can be scored, "
            f"found {faults[first]}. Correct the row, or leave out --strict."
        )


class _RowsInWork:
    """Rows scored of shards that are not done, and about how many bytes they take."""

    def __init__(self) -> None:
        self.rows = 0
        self._rows_begun = self._bytes_begun = 0

    @property
    def n_bytes(self) -> int:
        """About the bytes that the rows take: as many as others of this run."""
        return self.rows * self._bytes_begun // max(1, self._rows_begun)

    def begin(self, n_rows: int, bytes_begun: int) -> None:
        """Note a shard, and all bytes up to its end that this run has read."""
        self._rows_begun += n_rows
        self._bytes_begun = bytes_begun

    def add(self, n_rows: int) -> None:
        """Note rows that are scored."""
        self.rows += n_rows

    def end(self, n_rows: int) -> None:
        """Note that a shard is done; not every engine told of its rows before."""
        self.rows = max(0, self.rows - n_rows)


class _Job:
    """One run of a job, under its lock."""

    def __init__(
        self,
        files: Sequence[InputFile],
        output: Output,
        settings: ScoreSettings,
        artifact: ModelArtifact,
        *,
        on_progress: OnProgress | None,
        on_note: OnNote | None,
        lock: Lock,
    ) -> None:
        self._lock = lock
        self._files = files
        self._output = output
        self._settings = settings
        self._artifact = artifact
        self._on_progress = on_progress or (lambda _: None)
        self._on_note = on_note
        self._start = time.monotonic()
        self._manifest = Manifest.resume(output.storage, output.manifest_path, self._key(), lock)
        self._progress = Progress(n_bytes=sum(file.size for file in files))
        self._in_work = _RowsInWork()
        self._next_told = 0.0

    def run(self, engine: ShardEngine) -> Summary:
        """Do what is left, and return the figures."""
        if not self._is_finished():
            self._manifest.complete = False
            self._output.remove_drafts()
            self._forget_lost_shards()
            self._score(engine)
            self._finish()
        summary = self._summary()
        if not self._output.is_folder:
            self._lock.check()
            self._output.remove_work()
            with suppress(OSError):  # Windows keeps files that are open
                self._output.remove_state_folder()
        return summary

    def _is_finished(self) -> bool:
        """Return whether an earlier run ended, or was killed when it only had to clean up."""
        if not self._manifest.complete:
            return False
        if self._output.is_folder:
            return not self._lost_shards()
        return self._output.storage.size(self._output.path) is not None

    def _key(self) -> Mapping[str, Any]:
        settings = self._settings.to_json()
        return {
            "inputs": [
                {"path": file.path, "identity": file.identity, "sha256": file.sha256}
                for file in self._files
            ],
            "model": self._artifact.digest,
            "emoticare": __version__,
            "settings": {**settings, "output_format": self._output.format.name},
        }

    def _forget_lost_shards(self) -> None:
        for shard in self._lost_shards():
            self._manifest.forget(shard)

    def _lost_shards(self) -> list[ShardId]:
        sizes = self._output.storage.sizes(self._output.shard_folder)
        return [shard for shard in self._manifest.done if not self._is_whole(shard, sizes)]

    def _is_whole(self, shard: ShardId, sizes: Mapping[str, int]) -> bool:
        """Return whether a shard's file has the bytes that were written."""
        return (
            self._output.has_shard(shard, self._manifest.size_of(shard), sizes)
            and self._output.read_shard(shard, self._manifest.sum_of(shard)) is not None
        )

    def _score(self, engine: ShardEngine) -> None:
        labels = self._artifact.config.labels
        sources = Sources(
            self._files,
            self._settings,
            self._settings.added_columns(labels),
            self._output.shard_format,
            self._on_note,
        )
        if self._output.format.kind == "sqlite":
            names = [*sources.schema.names, *self._settings.added_columns(labels)]
            check_table(self._settings.table, names)
        shard_settings = ShardSettings(
            self._settings,
            sources.output,
            sources.schema,
            keeps_lines=sources.keeps_lines,
            one_header=not self._output.is_folder,
            lock=self._lock,
        )
        self._manifest.write()
        self._progress = replace(
            self._progress, rows=self._manifest.rows, failures=self._manifest.failures
        )
        results = engine.run(self._artifact, shard_settings, self._tasks(sources), self._take_rows)
        try:
            self._tell()
            with closing(results):
                self._take(results)
        finally:
            self._keep_what_is_done()

    def _keep_what_is_done(self) -> None:
        if not self._manifest.done:
            # There is nothing to go on from.
            self._lock.check()
            self._output.remove_work()
        else:
            self._manifest.write()

    def _take(self, results: Iterable[ShardResult]) -> None:
        for result in results:
            self._manifest.add(result)
            self._in_work.end(result.rows)
            self._progress = replace(
                self._progress,
                rows=self._progress.rows + result.rows,
                rows_this_run=self._progress.rows_this_run + result.rows,
                failures=self._progress.failures + result.failures,
                bytes_read=max(
                    self._progress.bytes_read,
                    self._bytes_before(result.id.file) + result.bytes_read,
                ),
            )
            self._check_room()
            self._tell()

    def _take_rows(self, n_rows: int) -> None:
        self._in_work.add(n_rows)
        if time.monotonic() >= self._next_told:
            self._tell()

    def _tell(self) -> None:
        rows, n_bytes = self._in_work.rows, self._in_work.n_bytes
        self._on_progress(replace(self._progress, rows_in_work=rows, bytes_in_work=n_bytes))
        self._next_told = time.monotonic() + _TELL_EVERY_S

    def _check_room(self) -> None:
        most = self._output.format.most_rows
        if most is not None and self._progress.rows > most:
            raise UsageError(
                f"Expected at most {most:,} rows, which is what {self._output.format.name} can "
                "hold, found more. Name an output of another format, such as .csv."
            )

    def _tasks(self, sources: Sources) -> Iterator[ShardTask]:
        """Yield the shards that are not done yet."""
        for file in range(len(self._files)):
            if self._manifest.file_is_done(file):
                self._skip_to(self._bytes_before(file + 1))
                continue
            n_shards = 0
            shards = cut_shards(
                sources.rows(file), self._settings.shard_rows, self._settings.text_column
            )
            for rows in shards:
                shard = ShardId(file, n_shards)
                n_shards += 1
                end = self._bytes_before(file) + rows.bytes_read
                if self._manifest.is_done(shard):
                    self._skip_to(end)
                else:
                    self._in_work.begin(len(rows), end - self._progress.bytes_before)
                    yield self._task(shard, rows)
            if not n_shards:
                # An empty table still has columns.
                empty = Rows(sources.schema.empty_table(), 1)
                yield self._task(ShardId(file, 0), empty)
            self._manifest.end_file(file, max(1, n_shards))

    def _task(self, shard: ShardId, rows: Rows) -> ShardTask:
        if self._settings.strict:
            stop_at_fault(self._files[shard.file], rows, self._settings)
        return ShardTask(shard, rows, self._output.shard_path(shard))

    def _skip_to(self, bytes_read: int) -> None:
        """Note that an earlier run did all up to here, so that the time left is right."""
        self._progress = replace(
            self._progress,
            bytes_read=max(self._progress.bytes_read, bytes_read),
            bytes_before=bytes_read,
        )

    def _bytes_before(self, file: int) -> int:
        return sum(before.size for before in self._files[:file])

    def _finish(self) -> None:
        if not self._output.is_folder:
            self._output.storage.write(
                self._output.path,
                guarded(
                    self._lock,
                    lambda sink: merge_files(
                        self._shard_files(), sink, self._output.format, self._settings.table
                    ),
                ),
            )
        self._manifest.complete = True
        self._manifest.write()

    def _shard_files(self) -> Iterator[IO[bytes]]:
        for file in range(len(self._files)):
            for shard in self._manifest.shards_of(file):
                content = self._output.read_shard(shard, self._manifest.sum_of(shard))
                if content is None:
                    raise DataError(
                        f"{self._output.shard_path(shard)}: expected the shard as it was written, "
                        "found other bytes. The same command scores it again."
                    )
                yield io.BytesIO(content)

    def _summary(self) -> Summary:
        counts = self._manifest.label_counts
        return Summary(
            rows=self._manifest.rows,
            failures=self._manifest.failures,
            label_counts={label: counts[label] for label in self._artifact.config.labels},
            rows_this_run=self._progress.rows_this_run,
            seconds=time.monotonic() - self._start,
        )
