"""Limits that hold before anything of a body is parsed."""

import asyncio
from collections.abc import Collection, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoticare.server.errors import (
    BodyTooLargeError,
    ClientGoneError,
    ContentEncodingError,
    MediaTypeError,
    ServingError,
    SlowRequestError,
)
from emoticare.server.service import Service


class AdmissionMiddleware:
    """Takes requests for scores as long as there is room, and reads their bodies within limits.

    All other requests reach the application without their body, so that no route can read one
    past the limits, however its path is written.

    Args:
        app: What answers.
        service: Knows the limits and counts the requests.
        routes: Paths of POST requests for scores.
    """

    def __init__(self, app: ASGIApp, service: Service, routes: Collection[str]) -> None:
        self._app = app
        self._service = service
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_for_scores = (
            scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self._routes
        )
        if not is_for_scores:
            is_http = scope["type"] == "http"
            await self._app(scope, _replay(b"", receive) if is_http else receive, send)
            return
        try:
            with self._service.admitted():
                body = await self._body(dict(scope["headers"]), receive)
                await self._app(scope, _replay(body, receive), send)
        except ServingError as error:
            await error.response()(scope, receive, send)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media_type != b"application/json":
            raise MediaTypeError(
                "Expected the header Content-Type: application/json, found another or none."
            )
        if headers.get(b"content-encoding", b"").strip().lower() not in (b"", b"identity"):
            # A few compressed bytes may stand for gigabytes.
            raise ContentEncodingError(
                "Expected a body without Content-Encoding, found a compressed one. "
                "Send it as it is."
            )
        max_bytes = self._service.config.max_body_bytes
        length = headers.get(b"content-length", b"")
        # Not int, which refuses the thousands of zeros that may come before a number.
        if length.isdigit() and float(length) > max_bytes:
            raise _too_large(max_bytes)
        timeout_s = self._service.config.body_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await _read(receive, max_bytes)
        except TimeoutError:
            raise SlowRequestError(
                f"Expected the body within {timeout_s:g} s, found it unfinished. Send it faster, "
                "or in several requests."
            ) from None


async def _read(receive: Receive, max_bytes: int) -> bytes:
    chunks, n_bytes, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError("The client has gone.")
        chunk = message.get("body", b"")
        n_bytes += len(chunk)
        if n_bytes > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
        is_more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body, and then what the original has to say."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay


def _too_large(max_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"Expected a body of at most {max_bytes} bytes, found a larger one. Send several requests."
    )
