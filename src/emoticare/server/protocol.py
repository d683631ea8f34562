"""HTTP and WebSocket as uvicorn speaks them, with limits on what a client may send and when."""

import asyncio
import math
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from emoticare.server.config import ServerConfig
from emoticare.server.connections import Connections, Place
from emoticare.server.errors import (
    HeadersTooLargeError,
    MalformedError,
    OverloadedError,
    ServingError,
    SlowRequestError,
)

# How long a client may read nothing of an answer.
_WRITE_TIMEOUT_S: Final = 20.0
# The application answers a slow body itself, if it wants the body.
_AFTER_BODY_S: Final = 1.0
# Requests of a connection that wait for the answer to the one before.
_MOST_PIPELINED: Final = 64
# What stands around a header: a colon, a space and the end of the line.
_AROUND_HEADER: Final = 4


class _Coming(Enum):
    """What of a request is to come next."""

    NOTHING_YET = 0
    HEAD = 1
    BODY = 2


class LimitedHttpProtocol(HttpToolsProtocol):
    """A connection that speaks HTTP, within limits.

    Args:
        limits: How much a client may send, and how slowly.
        open_connections: All connections.
        options: What uvicorn gives to its protocol.
    """

    def __init__(self, limits: ServerConfig, open_connections: Connections, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._open_connections = open_connections
        self._place: Place | None = None
        self._refusal: ServingError | None = None
        self._coming = _Coming.NOTHING_YET
        self._is_write_paused = False
        self._n_unsent: float = math.inf
        self._n_received = 0
        self._n_answered = 0
        # Of the request that comes in.
        self._n_headers = 0
        self._n_header_bytes = 0
        # Bytes in which the parser has found nothing yet, such as a header without an end.
        self._n_unread = 0
        self._has_read = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if there is room."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        try:
            self._place = self._open_connections.open(transport, address, self._end_late)
        except OverloadedError as error:
            self._refuse(error)
        else:
            self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the place to others."""
        if self._place:
            self._open_connections.close(self._place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come, unless the connection is about to close."""
        if self._refusal or self.transport.is_closing():
            return
        before = self._turn()
        self._has_read = False
        if self._coming is _Coming.NOTHING_YET:
            self._coming = _Coming.HEAD
        super().data_received(data)
        if self._place is None or self._refusal:  # it is a stream by now, or was refused
            return
        self._n_unread = 0 if self._has_read else self._n_unread + len(data)
        if self._n_unread > self._limits.max_header_bytes:
            self._refuse(self._too_large())
        elif self._turn() != before:
            self._settle()

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        self._has_read = True
        self._coming = _Coming.HEAD
        self._n_headers = self._n_header_bytes = 0
        super().on_message_begin()
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._stop_parsing(OverloadedError("Expected fewer requests at a time, found more."))

    def on_url(self, url: bytes) -> None:
        """Read a part of the first line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header, of which some may follow the body."""
        self._n_headers += 1
        self._count(len(name) + len(value) + _AROUND_HEADER)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._coming = _Coming.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Read a part of the body."""
        self._has_read = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that it is the server's turn."""
        self._has_read = True
        self._coming = _Coming.NOTHING_YET
        self._n_received += 1
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Note that it is the client's turn."""
        self._n_answered += 1
        self._n_unsent = math.inf
        super().on_response_complete()
        self._settle()

    def pause_writing(self) -> None:
        """Wait until the client has read some of its answer."""
        super().pause_writing()
        self._is_write_paused = True
        self._settle()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._is_write_paused = False
        self._settle()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what the parser does not take."""
        self._refuse(self._refusal or MalformedError("Expected HTTP, found something else."))

    def handle_websocket_upgrade(self) -> None:
        """Become a stream, if there may be one more."""
        place = self._place
        if place is None:
            raise AssertionError("a refused connection is not read")
        try:
            self._open_connections.become_stream(place)
        except OverloadedError as error:
            self._refuse(error)
            return
        if self.cycle and not self.cycle.response_complete:
            self.transport.abort()  # the answer would get into the stream
            return
        self.ws_protocol_class = cast(
            "type[asyncio.Protocol]",
            partial(LimitedStreamProtocol, place=place, open_connections=self._open_connections),
        )
        self._place = None
        super().handle_websocket_upgrade()

    def _turn(self) -> tuple[_Coming, int]:
        return self._coming, self._n_received

    def _settle(self) -> None:
        """Note whose turn it is, and until when."""
        place = self._place
        if place is None:
            return
        timeout_s = self._timeout_s()
        if timeout_s == math.inf:
            self._open_connections.work(place)
        else:
            self._open_connections.wait(place, self.loop.time() + timeout_s)

    def _timeout_s(self) -> float:
        if self.transport.is_closing() or self._is_write_paused:
            return _WRITE_TIMEOUT_S
        if self._n_received > self._n_answered:
            return math.inf
        if self._coming is _Coming.BODY:
            return self._limits.body_timeout_s + _AFTER_BODY_S
        if self._coming is _Coming.HEAD or not self._n_answered:
            return self._limits.header_timeout_s
        return self._limits.idle_timeout_s

    def _end_late(self) -> None:
        """End a connection whose client has taken too long."""
        if self.transport.is_closing() or self._is_write_paused:
            self._end_unless_read()
        elif self._coming is _Coming.HEAD:
            self._refuse(
                SlowRequestError(
                    f"Expected the headers within {self._limits.header_timeout_s:g} s, found them "
                    "unfinished. Send them at once."
                )
            )
        else:
            self.transport.close()
            self._settle()

    def _end_unless_read(self) -> None:
        """End a connection whose client has read nothing of its answer lately."""
        n_unsent = self.transport.get_write_buffer_size()
        if n_unsent >= self._n_unsent:
            self.transport.abort()
            return
        self._n_unsent = n_unsent
        self._settle()

    def _count(self, n_bytes: int) -> None:
        self._has_read = True
        self._n_header_bytes += n_bytes
        if (
            self._n_headers > self._limits.max_headers
            or self._n_header_bytes > self._limits.max_header_bytes
        ):
            self._stop_parsing(self._too_large())

    def _too_large(self) -> HeadersTooLargeError:
        return HeadersTooLargeError(
            f"Expected at most {self._limits.max_headers} headers of "
            f"{self._limits.max_header_bytes} bytes together, found more. Send fewer."
        )

    def _stop_parsing(self, error: ServingError) -> None:
        """Have the parser fail, upon which the connection is refused."""
        self._refusal = error
        raise error

    def _refuse(self, error: ServingError) -> None:
        """Answer, unless another answer is due, and close."""
        self._refusal = error
        if self.cycle and not self.cycle.response_complete:
            self.transport.abort()
            return
        status = HTTPStatus(error.http_status)
        body = to_json(error.body())
        headers = {
            **error.headers,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()
        self._settle()


class LimitedStreamProtocol(WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket.

    Args:
        place: Its place.
        open_connections: All connections.
        options: What uvicorn gives to its protocol.
    """

    def __init__(self, place: Place, open_connections: Connections, **options: Any) -> None:
        super().__init__(**options)
        self._place = place
        self._open_connections = open_connections
        place.when_late = place.transport.abort

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the place to others."""
        self._open_connections.close(self._place)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Read no more, lest the answers to pings pile up, until the client has read some."""
        super().pause_writing()
        self.transport.pause_reading()
        self._open_connections.wait(self._place, self.loop.time() + _WRITE_TIMEOUT_S)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._open_connections.work(self._place)
        if not self.read_paused:
            self.transport.resume_reading()
