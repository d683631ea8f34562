"""The server's process: its socket, and how it ends."""

import asyncio
import logging
import math
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from emoticare.classifier import EmotionClassifier
from emoticare.errors import UsageError
from emoticare.server.accepting import Acceptor
from emoticare.server.app import make_app, make_service
from emoticare.server.config import ServerConfig
from emoticare.server.errors import EngineError
from emoticare.server.logs import logging_to_stderr
from emoticare.server.service import Service
from emoticare.server.telemetry import make_tracing

# The system lowers it to its own limit, on Linux net.core.somaxconn. A connection that finds no
# room is not refused: its client tries again after ever longer waits.
_BACKLOG: Final = 65_535
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_KEEP_ALIVE_S: Final = 75
# How long new requests are still refused in words before the socket closes.
_REFUSING_S: Final = 0.5

_logger = logging.getLogger("emoticare.server")


class DrainingServer(uvicorn.Server):
    """Finishes what it has accepted when it is to stop, and refuses the rest; then exits with 0.

    A second signal ends it at once.

    Args:
        config: Of the web server.
        service: Says what has no answer yet.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self._drained_since_s = math.inf
        self._deadline_s = math.inf
        self._acceptor: Acceptor | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the server."""
        await super().startup(sockets)
        self._acceptor = Acceptor(sockets or (), self._protocol)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the server."""
        if self._acceptor:
            self._acceptor.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """React to SIGTERM and SIGINT."""
        if self._service.is_draining:
            self.should_exit = self.force_exit = True
            return
        self._service.is_draining = True
        self._deadline_s = time.monotonic() + self._service.config.drain_timeout_s

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, whether it is time to exit."""
        if self._service.is_draining:
            now_s = time.monotonic()
            self._drained_since_s = (
                math.inf if self._service.n_open else min(self._drained_since_s, now_s)
            )
            if now_s - self._drained_since_s > _REFUSING_S or now_s > self._deadline_s:
                self.should_exit = True
        return await super().on_tick(counter)

    def _protocol(self) -> asyncio.Protocol:
        make_protocol: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make_protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def serve(config: ServerConfig, make_classifier: Callable[[], EmotionClassifier]) -> None:
    """Serve until a signal comes.

    Args:
        config: The configuration.
        make_classifier: Loads the model, and loads it again should it fail.

    Raises:
        ArtifactError: If the model cannot be loaded.
        EngineError: If the model does not answer a first text.
        MissingExtraError: If traces are wanted and OpenTelemetry is not installed.
        UsageError: If the address cannot be listened on.
    """
    tracing = make_tracing(config.otlp_endpoint)
    service = make_service(config, make_classifier)
    _allow_many_connections()
    with listen(config.host, config.port) as listener, logging_to_stderr():
        _logger.info("listening on %s", _url(listener))
        if service.keys.is_open and config.host not in _LOOPBACK:
            _logger.warning("anyone who reaches this server may use it; see --api-keys-file")
        web = DrainingServer(web_config(make_app(service, tracing), config), service)
        try:
            web.run(sockets=[listener])
        except SystemExit as error:  # so the web server says that the application did not start
            raise EngineError(
                "Expected an answer of the model to a first text, found none; the log says why."
            ) from error
        _logger.info("stopped")


def web_config(app: ASGIApp, config: ServerConfig) -> uvicorn.Config:
    """Return how the web server runs an application."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        log_level="warning",  # at "info" it logs the queries of streams
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,  # it listens again, with its own
        timeout_keep_alive=_KEEP_ALIVE_S,
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


def _allow_many_connections() -> None:
    """Raise the number of open files to what the system allows, where it counts them."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
