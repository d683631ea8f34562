"""Starts the processes of a server, passes signals on to them, and replaces those that end.

uvicorn has a supervisor, too. It makes plain servers of its own, starts all of them anew on SIGHUP,
cannot be told to hurry, and starts what fails again and again without a pause.
"""

import logging
import math
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Final

from emoticare.engines.cpus import thread_count
from emoticare.errors import EmoticareError
from emoticare.model.artifact import ModelArtifact
from emoticare.server.accepting import ignore_new_connections
from emoticare.server.config import ServerConfig
from emoticare.server.errors import EngineError
from emoticare.server.keys.key_file import read_key_file
from emoticare.server.logs import is_at_terminal, log_fields, logging_to_stderr
from emoticare.server.processes.shared import Shared, shared_folder
from emoticare.server.processes.worker import PASSED_ON, Task, work
from emoticare.server.reloading import NOT_RELOADED, ReadSettings
from emoticare.server.server import allow_many_connections, introduce, listen

_TICK_S: Final = 0.1
# One that ends sooner than this has probably not served.
_SHORT_LIFE_S: Final = 10.0
_LAST_RETRY_S: Final = 30.0
# Workers end by themselves in time; what hangs is killed so much later.
_GRACE_S: Final = 10.0
_SPAWN: Final = multiprocessing.get_context("spawn")

_logger = logging.getLogger("emoticare.server")


def serve_in_processes(
    config: ServerConfig, artifact: ModelArtifact, device: str, read: ReadSettings
) -> None:
    """Serve in several processes until a signal comes.

    Args:
        config: The configuration.
        artifact: The model.
        device: Where it runs.
        read: Reads the settings again on SIGHUP; it is pickled.

    Raises:
        EngineError: If no process gets as far as to serve.
        UsageError: If the address cannot be listened on, or nothing can be shared.
    """
    allow_many_connections()
    with (
        shared_folder() as folder,
        listen(config.host, config.port) as listener,
        logging_to_stderr(),
    ):
        introduce(config, listener)
        Supervisor(Task(config, artifact, device, read, listener, folder)).run()
        _logger.info("stopped")


@dataclass
class _Place:
    """The place of one worker, and who has it.

    Attributes:
        number: Which place it is.
        threads: How many its engine has.
        process: Who has it; None while it is empty.
        started_s: Since when.
        n_short_lives: How many have ended soon after their start, in a row.
        start_at_s: When the next may start.
    """

    number: int
    threads: int
    process: SpawnProcess | None = None
    started_s: float = 0.0
    n_short_lives: int = 0
    start_at_s: float = 0.0


class Supervisor:
    """Keeps as many workers as there should be, until a signal ends them.

    Args:
        task: What the workers are to do, but for what each has to itself.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        n = task.config.processes
        self._shared = Shared(task.folder, n)
        threads = _divided(thread_count(), n)
        self._places = [_Place(number, threads[number]) for number in range(n)]
        self._signals: deque[int] = deque()
        self._is_at_terminal = is_at_terminal()
        self._close_at_s = self._kill_at_s = math.inf
        self._has_served = self._has_failed = False

    def run(self) -> None:
        """Serve until a signal comes.

        Raises:
            EngineError: If no worker gets as far as to serve.
        """
        # It lets signals through while it starts, and would so undo what is blocked.
        resource_tracker.ensure_running()
        with self._heeding_signals():
            while not self._is_stopping or self._running():
                if not self._is_stopping:
                    self._start_missing()
                processes = self._running()
                connection.wait([process.sentinel for process in processes], _TICK_S)
                self._note_ended()
                self._heed_signals()
                if time.monotonic() >= self._close_at_s:
                    self._close()
                if time.monotonic() > self._kill_at_s:
                    self._kill()
        if self._has_failed:
            raise EngineError("Expected processes that serve, found none; the log says why.")

    @property
    def _is_stopping(self) -> bool:
        return self._kill_at_s < math.inf

    def _running(self) -> list[SpawnProcess]:
        return [place.process for place in self._places if place.process]

    def _start_missing(self) -> None:
        for place in self._places:
            if not place.process and time.monotonic() >= place.start_at_s:
                self._start(place)

    def _start(self, place: _Place) -> None:
        task = replace(self._task, number=place.number, threads=place.threads)
        process = _SPAWN.Process(target=work, args=(task,), daemon=True)
        place.started_s = time.monotonic()
        # A signal that comes before the worker heeds any waits until then.
        former = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
        try:
            process.start()
        except OSError as error:
            _logger.error("a process could not be started", exc_info=error)
            self._wait_before_next(place)
        else:
            place.process = process
            self._shared.board.enter(place.number, process.pid or 0)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)

    def _note_ended(self) -> None:
        self._has_served = self._has_served or self._shared.board.serves()
        for place in self._places:
            process = place.process
            if process is None or process.exitcode is None:
                continue
            place.process = None
            self._shared.forget(place.number)
            if not self._is_stopping or process.exitcode != 0:
                fields = {"pid": process.pid, "exit_code": process.exitcode}
                log_fields(_logger, "a process has ended", fields, logging.ERROR)
            if not (self._is_stopping or self._has_served):
                self._has_failed = True
                self._stop()
            self._wait_before_next(place)

    def _wait_before_next(self, place: _Place) -> None:
        """Say when the next worker may start: at once, but ever later if they end ever soon."""
        now_s = time.monotonic()
        is_short = now_s - place.started_s < _SHORT_LIFE_S
        place.n_short_lives = place.n_short_lives + 1 if is_short else 0
        wait_s = min(2.0 ** (place.n_short_lives - 2), _LAST_RETRY_S)
        place.start_at_s = now_s + (wait_s if place.n_short_lives > 1 else 0)

    def _heed_signals(self) -> None:
        while self._signals:
            sig = self._signals.popleft()
            has_lost_terminal = self._is_at_terminal and not is_at_terminal()
            if sig != signal.SIGHUP or has_lost_terminal:
                self._stop()
            elif not self._is_stopping:
                self._reload()

    def _stop(self) -> None:
        """Have all workers finish what they have accepted; the second time, end them at once."""
        if self._is_stopping:
            self._kill()
            return
        config = self._task.config
        self._close_at_s = time.monotonic() + config.drain_delay_s
        self._kill_at_s = self._close_at_s + config.drain_timeout_s + _GRACE_S
        for process in self._running():
            process.terminate()

    def _close(self) -> None:
        """Let no more connections come; those that are open are for the workers."""
        self._close_at_s = math.inf
        ignore_new_connections(self._task.listener)
        self._task.listener.close()

    def _kill(self) -> None:
        for process in self._running():
            process.kill()

    def _reload(self) -> None:
        """Read the settings, for workers to come; if they are good, have the others read them."""
        try:
            config, artifact = self._task.read()
            if config.named_keys:
                read_key_file(config.named_keys)
        except EmoticareError as error:
            _logger.error("%s: %s", NOT_RELOADED, error)
        except Exception as error:
            _logger.error(NOT_RELOADED, exc_info=error)
        else:
            self._task = replace(self._task, config=config, artifact=artifact)
            for process in self._running():
                if process.pid and process.is_alive():
                    os.kill(process.pid, signal.SIGHUP)

    @contextmanager
    def _heeding_signals(self) -> Iterator[None]:
        former = {
            sig: signal.signal(sig, lambda sig, _: self._signals.append(sig)) for sig in PASSED_ON
        }
        try:
            yield
        finally:
            for sig, handler in former.items():
                signal.signal(sig, handler)


def _divided(total: int, n: int) -> list[int]:
    """Return about equal parts of a whole, none of them 0."""
    return [max(1, total // n + (number < total % n)) for number in range(n)]
