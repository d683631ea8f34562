"""Keys, and streams only from pages that may open them."""

from collections.abc import Collection
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoticare.server.errors import (
    AuthenticationError,
    ForbiddenError,
    RateLimitedError,
    ServingError,
)
from emoticare.server.keys.quota import Quota
from emoticare.server.keys.store import KeyStore
from emoticare.server.keys.usage import current_usage
from emoticare.server.middleware.sent_keys import sent_key
from emoticare.server.networks import network_of

# 128 bits in hexadecimal digits.
_UNGUESSABLE_CHARS: Final = 32


class AuthenticationMiddleware:
    """Refuses requests without one of the keys, and tells the application whose a key is.

    A network that has sent several wrong keys gets no 401 for a while but 429, and its short keys
    are not even compared, so that they cannot be guessed at speed. A long key is: nobody finds one
    by guessing, at any speed, and so whoever has the right one is served at once. Behind a proxy
    all clients share one network, and one of them must not lock out the others.

    Args:
        app: What answers.
        keys: The keys; None where no request needs one.
        open_routes: Paths that need no key.
        origins: Other origins whose pages may open streams.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: KeyStore | None,
        open_routes: Collection[str],
        origins: Collection[str],
    ) -> None:
        self._app = app
        self._keys = keys
        self._open_routes = frozenset(open_routes)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket" and not self._is_from_allowed_page(scope):
            await _foreign_page().response()(scope, receive, send)
        elif self._keys is None or self._is_open(scope):
            await self._app(scope, receive, send)
        else:
            await self._answer(self._keys, scope, receive, send)

    async def _answer(self, keys: KeyStore, scope: Scope, receive: Receive, send: Send) -> None:
        await keys.refresh()
        with ExitStack() as held:
            try:
                quota = _quota(keys, scope)
                current_usage().quota = quota
                quota.check_route(scope["path"])
                if scope["type"] == "websocket":
                    held.enter_context(quota.stream())
            except ServingError as error:
                # To a stream, too, in HTTP: its handshake fails with the status.
                await error.response()(scope, receive, send)
            else:
                await self._app(scope, receive, _with_limits(quota, send))

    def _is_open(self, scope: Scope) -> bool:
        if scope["type"] == "http":
            return scope["method"] in ("GET", "HEAD") and scope["path"] in self._open_routes
        return bool(scope["type"] == "lifespan")

    def _is_from_allowed_page(self, scope: Scope) -> bool:
        """Return whether a stream is not opened by a foreign page; CORS does not cover streams."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        return (
            origin is None
            or origin in self._origins
            or urlsplit(origin).netloc == headers.get("host")
        )


def _quota(keys: KeyStore, scope: Scope) -> Quota:
    """Return what the holder of a request's key may use.

    Raises:
        AuthenticationError: If the request has no right key.
        RateLimitedError: If it has none either, after several others.
    """
    key = sent_key(scope)
    if not key:
        raise _without_key()
    failed = keys.failed
    network = network_of(scope["client"][0]) if scope.get("client") else ""
    wait_s = failed.wait_s(network)
    if not wait_s or len(key) >= _UNGUESSABLE_CHARS:
        quota = keys.find(key)
        if quota:
            return quota
    if wait_s:
        raise RateLimitedError(
            "Expected a key of this server, found none, and several wrong ones before from the "
            f"same address. Try again in {wait_s} s.",
            wait_s,
        )
    failed.count(network)
    raise _without_key()


def _with_limits(quota: Quota, send: Send) -> Send:
    async def send_with_limits(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *quota.headers()]
        await send(message)

    return send_with_limits


def _without_key() -> AuthenticationError:
    return AuthenticationError(
        "Expected the header Authorization: Bearer KEY with a key of this server, found none. Ask "
        "whoever runs the server for a key."
    )


def _foreign_page() -> ForbiddenError:
    return ForbiddenError(
        "Expected a page of this server or of an allowed origin, found another. See --cors-origin."
    )
