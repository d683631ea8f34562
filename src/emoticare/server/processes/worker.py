"""One of the processes of a server."""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn

from emoticare.classifier import EmotionClassifier
from emoticare.errors import EmoticareError
from emoticare.model.artifact import ModelArtifact
from emoticare.server.accepting import Acceptor
from emoticare.server.app import make_service
from emoticare.server.config import ServerConfig
from emoticare.server.logs import log_fields, logging_to_stderr
from emoticare.server.processes.board import Board
from emoticare.server.processes.shared import Shared
from emoticare.server.reloading import ReadSettings, ReloadableApp
from emoticare.server.server import DrainingServer, run, web_config
from emoticare.server.service import Service
from emoticare.server.telemetry import make_tracing

PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that the supervisor takes for all; a worker starts with them blocked."""

_logger = logging.getLogger("emoticare.server")


@dataclass(frozen=True)
class Task:
    """What a worker is to do.

    Attributes:
        config: The settings, as all workers have them now.
        artifact: The model.
        device: Where it runs.
        read: Reads the settings again on SIGHUP.
        listener: The socket, which all workers share.
        folder: What they share besides.
        number: Which of the workers it is, from 0 on.
        threads: How many its engine has.
    """

    config: ServerConfig
    artifact: ModelArtifact
    device: str
    read: ReadSettings
    listener: socket.socket
    folder: Path
    number: int = 0
    threads: int = 1


class WorkerServer(DrainingServer):
    """Serves beside others, on one socket, until the supervisor ends it or is gone itself.

    Signals may come twice, from a terminal or a service manager, which tell all processes, and from
    the supervisor; so a second one means nothing here.

    Args:
        config: Of the web server.
        service: Says what has no answer yet.
        reload: Is called on SIGHUP.
        board: Where all say how busy they are.
        number: Which of the workers this is.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        reload: Callable[[], None],
        board: Board,
        number: int,
    ) -> None:
        super().__init__(config, service, reload)
        self._board = board
        self._number = number
        # The supervisor heeds the end of a terminal.
        self._is_at_terminal = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the server."""
        # No server of the event loop: it would take all connections that it can get.
        await super().startup([])
        self._listeners = list(sockets or [])
        self._acceptor = Acceptor(self._listeners, self._protocol, self._is_in_turn)
        log_fields(_logger, "a process serves", {"pid": os.getpid()})
        supervisor = multiprocessing.parent_process()
        if supervisor:
            loop = asyncio.get_running_loop()
            loop.add_reader(supervisor.sentinel, self._stop_alone, supervisor.sentinel)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """React to SIGTERM, once; Ctrl-C is for the supervisor."""
        if sig != signal.SIGINT and not self._traffic.is_draining:
            super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """React to signals from now on, those that have come before included."""
        with super().capture_signals():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
            yield

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, how busy the process is, and whether it is time to exit."""
        if not self._traffic.is_closing:
            self._board.tell(self._number, len(self.server_state.connections))
        self._service.metrics.refresh()
        return await super().on_tick(counter)

    def _ignore_new_connections(self) -> None:
        """Do nothing: others may go on to take them; if not, the supervisor says so."""

    def _stop_listening(self) -> None:
        self._board.rest(self._number)
        super()._stop_listening()

    def _is_in_turn(self, n_beginning: int) -> bool:
        n_connections = len(self.server_state.connections) + n_beginning
        return self._board.is_in_turn(self._number, n_connections)

    def _stop_alone(self, sentinel: int) -> None:
        asyncio.get_running_loop().remove_reader(sentinel)
        self.handle_exit(signal.SIGTERM, None)


def work(task: Task) -> None:
    """Serve until the supervisor says otherwise."""
    with logging_to_stderr():
        try:
            _serve(task)
        except EmoticareError as error:
            _logger.error("%s", error)
            sys.exit(1)


def _serve(task: Task) -> None:
    config, number = task.config, task.number
    shared = Shared(task.folder, config.processes)
    metrics = shared.join(number)
    tracing = make_tracing(config.otlp_endpoint)
    make_classifier = partial(
        EmotionClassifier, task.artifact, device=task.device, threads=task.threads
    )
    keep = partial(shared.numbers, number=number)
    service = make_service(config, make_classifier, metrics, keep)
    app = ReloadableApp(service, tracing, make_classifier, task.read)
    web = WorkerServer(web_config(app, config), service, app.reload, shared.board, number)
    run(web, task.listener)
    supervisor = multiprocessing.parent_process()
    if supervisor and not supervisor.is_alive():
        shared.abandon(number)
