"""Only query strings that cost next to nothing to parse."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from emoticare.server.errors import QueryTooLongError

MOST_BYTES: Final = 4096


class QueryMiddleware:
    """Refuses long query strings before anything parses them.

    No route reads more of one than a key, but FastAPI parses all of it for every route, on the
    event loop.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if len(scope.get("query_string", b"")) <= MOST_BYTES:
            await self._app(scope, receive, send)
            return
        error = QueryTooLongError(
            f"Expected a query string of at most {MOST_BYTES} bytes, found more. Send texts in the "
            "body."
        )
        await error.response()(scope, receive, send)
