"""HEAD wherever there is GET."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadMiddleware:
    """Answers HEAD as it would answer GET; the web server leaves the body out.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
