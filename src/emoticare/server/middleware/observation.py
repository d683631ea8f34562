"""Ids, logs, metrics and traces of requests."""

import logging
import re
import secrets
import time
from collections.abc import Collection
from itertools import count
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoticare.server.errors import CLIENT_GONE
from emoticare.server.keys.usage import Usage, begin_usage
from emoticare.server.logs import log_failure, log_fields
from emoticare.server.metrics import ServerMetrics
from emoticare.server.telemetry import NoTracing, Tracing, sent_trace_id

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
# A client's id is kept if it can be no text.
_REQUEST_ID: Final = re.compile(r"[0-9a-f-]{16,64}", re.ASCII)
_PROCESS_ID: Final = secrets.token_hex(8)
_QUIET: Final = ("/livez", "/readyz", "/health", "/metrics")
_SWITCHING_PROTOCOLS: Final = 101
_FORBIDDEN: Final = 403

_numbers = count()
_logger = logging.getLogger("emoticare.requests")


class ObservationMiddleware:
    """Counts, times and logs each request under its route's template; logs each stream at its end.

    Args:
        app: What answers.
        routes: All templates; a request to any other path counts as "unmatched".
        metrics: Where requests are counted.
        tracing: Where spans go.
    """

    def __init__(
        self,
        app: ASGIApp,
        routes: Collection[str],
        metrics: ServerMetrics,
        tracing: Tracing | NoTracing,
    ) -> None:
        self._app = app
        self._routes = frozenset(routes)
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await self._answer_stream(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        usage = begin_usage()
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        route = scope["path"] if scope["path"] in self._routes else "unmatched"
        request_id = _request_id(headers)
        start_s = time.perf_counter()
        self._metrics.begin_request()
        with self._tracing.request(f"{method} {route}", headers) as span:
            status = await self._answer(scope, receive, send, request_id)
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", status)
        seconds = time.perf_counter() - start_s
        self._metrics.end_request(method, route, status, seconds)
        if route not in _QUIET or status >= 400:  # noqa: PLR2004
            fields = {
                "request_id": request_id,
                "method": method,
                "route": route,
                "status": status,
                "duration_ms": round(1000 * seconds, 1),
                **_who_and_what(usage, span.trace_id),
            }
            log_fields(_logger, "request", fields)

    async def _answer_stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        usage = begin_usage()
        start_s = time.perf_counter()
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = status or _stream_status(message)
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            fields = {
                "request_id": _request_id(headers),
                "status": status or CLIENT_GONE,
                "duration_ms": round(1000 * (time.perf_counter() - start_s), 1),
                **_who_and_what(usage, sent_trace_id(headers)),
            }
            log_fields(_logger, "stream", fields)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        """Return the status of the answer."""
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 - the web server would log the message
            log_failure(error)
        return status or CLIENT_GONE


def _stream_status(first: Message) -> int:
    """Return the status of the answer that opens or refuses a stream."""
    if first["type"] == "websocket.accept":
        return _SWITCHING_PROTOCOLS
    status: int = first.get("status", _FORBIDDEN)  # what a server makes of a close
    return status


def _who_and_what(usage: Usage, trace_id: str | None) -> dict[str, object]:
    """Return the fields of a log line on the key's name, the trace and the number of texts."""
    fields = {"trace_id": trace_id, "key": usage.key_name, "n_texts": usage.n_texts or None}
    return {name: value for name, value in fields.items() if value is not None}


def _request_id(headers: Headers) -> str:
    sent = headers.get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else f"{_PROCESS_ID}{next(_numbers):016x}"
