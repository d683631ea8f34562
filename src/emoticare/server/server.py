"""The server's process: its socket, and how it ends."""

import asyncio
import logging
import math
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from emoticare.classifier import EmotionClassifier
from emoticare.errors import UsageError
from emoticare.server.accepting import Acceptor, ignore_new_connections
from emoticare.server.app import make_service
from emoticare.server.config import ServerConfig
from emoticare.server.connections import Connections
from emoticare.server.errors import EngineError
from emoticare.server.logs import announce, is_at_terminal, logging_to_stderr
from emoticare.server.middleware.hosts import is_loopback
from emoticare.server.protocol import LimitedHttpProtocol
from emoticare.server.reloading import ReadSettings, ReloadableApp
from emoticare.server.service import Service
from emoticare.server.telemetry import make_tracing

# The system lowers it to its own limit, on Linux net.core.somaxconn. A connection that finds no
# room is not refused: its client tries again after ever longer waits.
_BACKLOG: Final = 65_535
# A client that sends one request after the other sends its next within this time.
_QUIET_S: Final = 0.5
# Connections that have begun to open are open, or given up, within this time.
_OPENING_S: Final = 0.2

_logger = logging.getLogger("emoticare.server")


class DrainingServer(uvicorn.Server):
    """Finishes what it has accepted when it is to stop; then exits with 0.

    First it is not ready, but serves everything as before, for as long as load balancers need to
    notice. Then it takes no more connections, and waits until those that it has are quiet. A second
    signal ends it at once.

    Args:
        config: Of the web server.
        service: Says what has no answer yet.
        reload: Is called on SIGHUP.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        reload: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._reload = reload
        self._is_hung_up = False
        self._is_at_terminal = is_at_terminal()
        self._service = service
        self._traffic = service.traffic
        self._close_at_s = math.inf
        self._quiet_since_s = math.inf
        self._n_answered = 0
        self._acceptor: Acceptor | None = None
        self._listeners: list[socket.socket] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the server."""
        await super().startup(sockets)
        self._listeners = list(sockets or [])
        self._acceptor = Acceptor(self._listeners, self._protocol)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the server."""
        self._stop_listening()
        # What has just come is read, lest it be lost with its connection.
        await asyncio.sleep(0)
        if self._traffic.is_draining:
            left_s = self._deadline_s - time.monotonic()
            self.config.timeout_graceful_shutdown = max(1, math.ceil(left_s))
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """React to SIGTERM and SIGINT."""
        if self._traffic.is_draining:
            self.should_exit = self.force_exit = True
            return
        self._traffic.is_draining = True
        self._close_at_s = time.monotonic() + self._service.config.drain_delay_s

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """React to signals as long as the server runs; outside of the main thread to none."""
        is_main = threading.current_thread() is threading.main_thread()
        with super().capture_signals():
            if not (is_main and hasattr(signal, "SIGHUP")):
                yield
                return
            former = signal.signal(signal.SIGHUP, self._handle_hangup)
            try:
                yield
            finally:
                signal.signal(signal.SIGHUP, former)

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, whether it is time to exit."""
        if self._is_hung_up:
            self._is_hung_up = False
            if not self._traffic.is_draining:
                self._reload()
        now_s = time.monotonic()
        if now_s > self._close_at_s:
            self._ignore_new_connections()
        if now_s > self._close_at_s + _OPENING_S:
            self._stop_listening()
            if self._is_quiet(now_s) or now_s > self._deadline_s:
                self.should_exit = True
        return await super().on_tick(counter)

    def _handle_hangup(self, sig: int, frame: FrameType | None) -> None:
        if self._is_at_terminal and not is_at_terminal():
            # Its window was closed: nobody could stop the server with Ctrl-C any more.
            self.handle_exit(sig, frame)
        else:
            self._is_hung_up = True

    @property
    def _deadline_s(self) -> float:
        return self._close_at_s + self._service.config.drain_timeout_s

    def _ignore_new_connections(self) -> None:
        for listener in self._listeners:
            ignore_new_connections(listener)

    def _stop_listening(self) -> None:
        """Take the connections that wait and no more; the system refuses others from now on."""
        if self._traffic.is_closing:
            return
        self._traffic.is_closing = True
        if self._acceptor:
            self._acceptor.close()
        for server in self.servers:
            server.close()
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _is_quiet(self, now_s: float) -> bool:
        """Return whether no request has been under way for a while."""
        n_answered = self.server_state.total_requests
        if self._traffic.n_open or n_answered != self._n_answered:
            self._n_answered, self._quiet_since_s = n_answered, math.inf
        else:
            self._quiet_since_s = min(self._quiet_since_s, now_s)
        return now_s - self._quiet_since_s > _QUIET_S

    def _protocol(self) -> asyncio.Protocol:
        make_protocol: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make_protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def serve(
    config: ServerConfig,
    make_classifier: Callable[[], EmotionClassifier],
    read: ReadSettings | None = None,
) -> None:
    """Serve until a signal comes.

    Args:
        config: The configuration.
        make_classifier: Loads the model, and loads it again should it fail.
        read: Reads the settings again on SIGHUP; None where there is nothing to read.

    Raises:
        ArtifactError: If the model cannot be loaded.
        EngineError: If the model does not answer a first text.
        MissingExtraError: If traces are wanted and OpenTelemetry is not installed.
        UsageError: If the address cannot be listened on.
    """
    tracing = make_tracing(config.otlp_endpoint)
    service = make_service(config, make_classifier)
    allow_many_connections()
    with listen(config.host, config.port) as listener, logging_to_stderr():
        introduce(config, listener)
        read = read or (lambda: (config, service.scorer.artifact))
        app = ReloadableApp(service, tracing, make_classifier, read)
        run(DrainingServer(web_config(app, config), service, app.reload), listener)
        _logger.info("stopped")


def introduce(config: ServerConfig, listener: socket.socket) -> None:
    """Say where the server is, and whether it is open to all."""
    announce(_url(listener))
    if not config.needs_key and not is_loopback(config.host):
        _logger.warning("anyone who reaches this server may use it; see --api-keys-file")


def run(web: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until it is time to exit.

    Raises:
        EngineError: If the model does not answer a first text.
    """
    try:
        web.run(sockets=[listener])
    except SystemExit as error:  # so the web server says that the application did not start
        raise EngineError(
            "Expected an answer of the model to a first text, found none; the log says why."
        ) from error


def web_config(app: ASGIApp, config: ServerConfig) -> uvicorn.Config:
    """Return how the web server runs an application."""
    http: Any = partial(LimitedHttpProtocol, config, Connections(config))
    return uvicorn.Config(
        app,
        http=http,
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        log_level="warning",  # at "info" it logs the queries of streams
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,  # it listens again, with its own
        timeout_keep_alive=math.ceil(config.idle_timeout_s),
        timeout_graceful_shutdown=math.ceil(config.drain_timeout_s),
        ws_max_size=config.max_body_bytes,
        ws_per_message_deflate=False,
    )


def listen(host: str, port: int) -> socket.socket:
    """Open the server's socket.

    Raises:
        UsageError: If the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"Expected to listen on {host} port {port}, found: {error.strerror}. "
            "Choose another --host or --port."
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def allow_many_connections() -> None:
    """Raise the number of open files to what the system allows, where it counts them."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
