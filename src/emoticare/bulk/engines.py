"""Who scores the shards of a job: this process, or several on this machine."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Final, Protocol

from emoticare.bulk.shards import ShardResult, ShardSettings, ShardTask, score_shard
from emoticare.classifier import EmotionClassifier, load
from emoticare.engines.cpus import thread_count
from emoticare.errors import EmoticareError
from emoticare.model.artifact import ModelArtifact

# One shard in work and one waiting, so that no worker waits for the reader.
_TASKS_A_WORKER: Final = 2


class ShardEngine(Protocol):
    """Scores shards."""

    def run(
        self, artifact: ModelArtifact, settings: ShardSettings, tasks: Iterable[ShardTask]
    ) -> Generator[ShardResult]:
        """Yield the result of every task, in any order, taking tasks only as it needs them."""
        ...


class SerialEngine:
    """Scores one shard after the other in this process."""

    def run(
        self, artifact: ModelArtifact, settings: ShardSettings, tasks: Iterable[ShardTask]
    ) -> Generator[ShardResult]:
        """Yield the results in the order of the tasks; see `ShardEngine`."""
        classifier = load(artifact, device=settings.score.device)
        for task in tasks:
            yield score_shard(classifier, settings, task)


class ProcessEngine:
    """Scores shards in several processes of this machine, which share its processors.

    Args:
        n_workers: How many.
    """

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers

    def run(
        self, artifact: ModelArtifact, settings: ShardSettings, tasks: Iterable[ShardTask]
    ) -> Generator[ShardResult]:
        """Yield the results as they come; see `ShardEngine`."""
        # A session of ONNX Runtime does not survive a fork.
        pool = ProcessPoolExecutor(
            self._n_workers,
            multiprocessing.get_context("spawn"),
            _start_worker,
            (artifact, settings, max(1, thread_count() // self._n_workers)),
        )
        before = set(multiprocessing.active_children())
        try:
            yield from self._results(pool, tasks)
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
        self, pool: ProcessPoolExecutor, tasks: Iterable[ShardTask]
    ) -> Generator[ShardResult]:
        pending: set[Future[ShardResult]] = set()
        for task in tasks:
            with _without_ctrl_c():
                pending.add(pool.submit(_score_in_worker, task))
            if len(pending) == _TASKS_A_WORKER * self._n_workers:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


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


_worker: tuple[EmotionClassifier, ShardSettings] | None = None


def _start_worker(artifact: ModelArtifact, settings: ShardSettings, n_threads: int) -> None:
    global _worker  # noqa: PLW0603 - a worker process has one model
    # Ctrl-C reaches the workers too; the process that started them answers it, and ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["RAYON_NUM_THREADS"] = str(n_threads)  # of the tokenizer
    _worker = load(artifact, device=settings.score.device, threads=n_threads), settings


def _end_with_parent() -> None:
    """Workers would otherwise wait for ever for the tasks of a process that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _score_in_worker(task: ShardTask) -> ShardResult:
    if _worker is None:
        raise EmoticareError("The worker has no model. Run the command again.")
    return score_shard(*_worker, task)
