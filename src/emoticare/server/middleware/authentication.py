"""Bearer keys, and streams only from pages that may open them."""

import hashlib
import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emoticare.server.errors import AuthenticationError, OriginError, ServingError
from emoticare.server.middleware.sent_keys import sent_key


class AuthenticationMiddleware:
    """Refuses requests without one of the keys.

    Args:
        app: What answers.
        keys: The keys; without any, the server is open.
        open_routes: Paths that need no key.
        origins: Other origins whose pages may open streams.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: Collection[str],
        open_routes: Collection[str],
        origins: Collection[str],
    ) -> None:
        self._app = app
        self._digests = [_digest(key) for key in keys]
        self._open_routes = frozenset(open_routes)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        error = self._refusal(scope)
        if error is None:
            await self._app(scope, receive, send)
        else:  # to a stream, too, in HTTP: its handshake fails with the status
            await error.response()(scope, receive, send)

    def _refusal(self, scope: Scope) -> ServingError | None:
        if scope["type"] == "websocket" and not self._is_from_allowed_page(scope):
            return OriginError(
                "Expected a page of this server or of an allowed origin, found another. See "
                "--cors-origin."
            )
        if scope["type"] == "lifespan" or self._is_open(scope) or self._has_key(scope):
            return None
        return AuthenticationError(
            "Expected the header Authorization: Bearer KEY with a key of this server, found none. "
            "Ask whoever runs the server for a key."
        )

    def _is_open(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and scope["path"] in self._open_routes
        )

    def _has_key(self, scope: Scope) -> bool:
        if not self._digests:
            return True
        key = sent_key(scope)
        sent = _digest(key or "")
        # Every key is compared, so that the time says nothing.
        matches = [hmac.compare_digest(sent, digest) for digest in self._digests]
        return key is not None and any(matches)

    def _is_from_allowed_page(self, scope: Scope) -> bool:
        """Return whether a stream is not opened by a foreign page; CORS does not cover streams."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        return (
            origin is None
            or origin in self._origins
            or urlsplit(origin).netloc == headers.get("host")
        )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()
