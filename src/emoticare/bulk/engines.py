"""Who scores the shards of a job: this process, or several on this machine."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from emoticare.bulk.row_scoring import OnRows
from emoticare.bulk.shards import ShardResult, ShardSettings, ShardTask, score_shard
from emoticare.classifier import EmotionClassifier, load
from emoticare.engines.cpus import thread_count
from emoticare.errors import EmoticareError
from emoticare.model.artifact import ModelArtifact

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

# How often workers are asked how far they have come.
_ASK_EVERY_S: Final = 0.25
# One shard in work and one waiting, so that no worker waits for the reader.
_TASKS_A_WORKER: Final = 2


class ShardEngine(Protocol):
    """Scores shards."""

    def run(
        self,
        artifact: ModelArtifact,
        settings: ShardSettings,
        tasks: Iterable[ShardTask],
        on_rows: OnRows,
    ) -> Generator[ShardResult]:
        """Yield the result of every task, in any order, taking tasks only as it needs them.

        Args:
            artifact: The model.
            settings: Of all shards.
            tasks: The shards.
            on_rows: Called, if the engine can tell, now and then with the number of rows scored
                since the last call; for all rows of a shard before its result is yielded.
        """
        ...


class SerialEngine:
    """Scores one shard after the other in this process."""

    def run(
        self,
        artifact: ModelArtifact,
        settings: ShardSettings,
        tasks: Iterable[ShardTask],
        on_rows: OnRows,
    ) -> Generator[ShardResult]:
        """Yield the results in the order of the tasks; see `ShardEngine`."""
        classifier = load(artifact, device=settings.score.device)
        for task in tasks:
            yield score_shard(classifier, settings, task, on_rows)


class ProcessEngine:
    """Scores shards in several processes of this machine, which share its processors.

    Args:
        n_workers: How many.
    """

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers

    def run(
        self,
        artifact: ModelArtifact,
        settings: ShardSettings,
        tasks: Iterable[ShardTask],
        on_rows: OnRows,
    ) -> Generator[ShardResult]:
        """Yield the results as they come; see `ShardEngine`."""
        # A session of ONNX Runtime does not survive a fork.
        context = multiprocessing.get_context("spawn")
        counter: Synchronized[int] = context.Value("q", 0)
        pool = ProcessPoolExecutor(
            self._n_workers,
            context,
            _start_worker,
            (artifact, settings, max(1, thread_count() // self._n_workers), counter),
        )
        before = set(multiprocessing.active_children())
        try:
            yield from self._results(pool, tasks, _CountedRows(counter, on_rows))
        except BrokenProcessPool as error:
            raise EmoticareError(
                "A worker process ended before its work did, perhaps for want of memory. The same "
                "command goes on; give it fewer --workers."
            ) from error
        except BaseException:
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _results(
        self, pool: ProcessPoolExecutor, tasks: Iterable[ShardTask], counted: "_CountedRows"
    ) -> Generator[ShardResult]:
        pending: set[Future[ShardResult]] = set()
        for task in tasks:
            with _without_ctrl_c():
                pending.add(pool.submit(_score_in_worker, task))
            if len(pending) == _TASKS_A_WORKER * self._n_workers:
                done, pending = counted.wait(pending)
                yield from (future.result() for future in done)
        while pending:
            done, pending = counted.wait(pending)
            yield from (future.result() for future in done)


class _CountedRows:
    """Tells how many rows the workers have scored, which they count together."""

    def __init__(self, counter: "Synchronized[int]", on_rows: OnRows) -> None:
        self._counter = counter
        self._on_rows = on_rows
        self._told = 0

    def wait(
        self, pending: set[Future[ShardResult]]
    ) -> tuple[set[Future[ShardResult]], set[Future[ShardResult]]]:
        """Wait for the first to be done, and return those done and the others."""
        while True:
            done, others = wait(pending, _ASK_EVERY_S, FIRST_COMPLETED)
            n_rows = self._counter.value
            if n_rows > self._told:
                self._on_rows(n_rows - self._told)
                self._told = n_rows
            if done:
                return done, others


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C from the processes that start meanwhile: it waits for the end of this.

    Ctrl-C reaches all processes of a terminal, and the process that started the others answers it;
    they would answer it with what they were importing.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_worker: "tuple[EmotionClassifier, ShardSettings, Synchronized[int]] | None" = None


def _start_worker(
    artifact: ModelArtifact, settings: ShardSettings, n_threads: int, counter: "Synchronized[int]"
) -> None:
    global _worker  # noqa: PLW0603 - a worker process has one model
    # Ctrl-C reaches the workers too; the process that started them answers it, and ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["RAYON_NUM_THREADS"] = str(n_threads)  # of the tokenizer
    classifier = load(artifact, device=settings.score.device, threads=n_threads)
    _worker = classifier, settings, counter


def _end_with_parent() -> None:
    """Workers would otherwise wait for ever for the tasks of a process that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _score_in_worker(task: ShardTask) -> ShardResult:
    if _worker is None:
        raise EmoticareError("The worker has no model. Run the command again.")
    classifier, settings, counter = _worker

    def count(n_rows: int) -> None:
        with counter.get_lock():
            counter.value += n_rows

    return score_shard(classifier, settings, task, count)
