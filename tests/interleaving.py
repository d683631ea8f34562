"""Runs that take one lock in an object store, a step of one of them at a time.

Every call of the store is a step. A run is a thread that waits for its turn before each.
"""

import threading
from typing import Self

import pytest

from emoticare.bulk import locks
from emoticare.bulk.locks import RemoteLock
from emoticare.errors import UsageError

LOCK = "bucket/lock"
N_WRITES = 3


class Killed(BaseException):
    """Ends a run at once, as a signal that cannot be caught does."""


class Run(threading.Thread):
    """A run that goes on when it is told to, up to the next call of the store."""

    def __init__(self, number: int, interleaving: "Interleaving") -> None:
        super().__init__(daemon=True, name=f"run {number}")
        self.number = number
        self.is_killed = False
        self.is_over = False
        self._interleaving = interleaving
        self._turn, self._waits = threading.Semaphore(0), threading.Semaphore(0)

    def run(self) -> None:
        try:
            self.wait()
            self._interleaving.work(self.number)
        except Killed:
            pass
        finally:
            self.is_over = True
            self._waits.release()

    def wait(self) -> None:
        """Hand the turn back, and wait for the next."""
        self._waits.release()
        self._turn.acquire()
        if self.is_killed:
            raise Killed

    def step(self) -> None:
        """Let the run go on until it waits again."""
        if not self.is_over:
            self._turn.release()
            self._waits.acquire()

    def begin(self) -> None:
        self.start()
        self._waits.acquire()


class Interleaving:
    """The runs, their store, and their clock.

    Args:
        n_runs: How many, numbered from 0.
        lock: What an earlier run has left as its lock.

    Attributes:
        objects: In the store, by path.
        now_s: What time it is.
        checked: The number of the run for each check of a lock that passed, in order.
        refused: How many runs were refused.
    """

    def __init__(self, n_runs: int, lock: bytes | None) -> None:
        self.objects = {LOCK: lock} if lock is not None else {}
        self.now_s = 1e9
        self.checked: list[int] = []
        self.refused = 0
        self._runs = [Run(number, self) for number in range(n_runs)]
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        self._patch.setattr(locks, "_now", lambda: self.now_s)
        # Each on a machine of its own: who lives is told by the time alone.
        self._patch.setattr(locks, "this_machine", lambda: threading.current_thread().name)
        for run in self._runs:
            run.begin()
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            self.kill(run.number)
            run.join(60)
        self._patch.undo()

    def step(self, number: int) -> None:
        self._runs[number].step()

    def kill(self, number: int) -> None:
        self._runs[number].is_killed = True
        self._runs[number].step()

    def finish(self) -> None:
        """Let each run go on to its end, in turns."""
        while not all(run.is_over for run in self._runs):
            for run in self._runs:
                run.step()

    def alone(self) -> str:
        """Let one more run work; return whether it held the lock."""
        before = len(self.checked)
        run = Run(len(self._runs), self)
        self._runs.append(run)
        run.begin()
        while not run.is_over:
            run.step()
        return "held" if len(self.checked) > before else "refused"

    def work(self, number: int) -> None:
        """Take the lock, check it before each of some writes, renew it, and release it."""
        lock = RemoteLock(self, LOCK, f"token of run {number}")
        try:
            lock.acquire()
            for _ in range(N_WRITES):
                lock.check()
                self.checked.append(number)
                lock.renew()
        except UsageError:
            self.refused += 1
        else:
            lock.release()

    # The store, as fsspec has it.

    def _wait(self) -> None:
        run = threading.current_thread()
        assert isinstance(run, Run)
        run.wait()

    def invalidate_cache(self) -> None:
        """Nothing is cached."""

    def cat_file(self, path: str) -> bytes:
        self._wait()
        if path not in self.objects:
            raise FileNotFoundError(path)
        return self.objects[path]

    def pipe_file(self, path: str, content: bytes, mode: str = "overwrite") -> None:
        self._wait()
        if mode == "create" and path in self.objects:
            raise FileExistsError(path)
        self.objects[path] = content

    def rm_file(self, path: str) -> None:
        self._wait()
        if path not in self.objects:
            raise FileNotFoundError(path)
        del self.objects[path]
