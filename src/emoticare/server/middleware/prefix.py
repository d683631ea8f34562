"""The path under which a proxy shows the server."""

from collections.abc import Collection

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class PrefixMiddleware:
    """Takes a proxy's prefix off each path, where the proxy has not done so itself.

    Args:
        app: What answers.
        prefix: Such as `/emotions`.
        routes: Paths that have no prefix to take off.
    """

    def __init__(self, app: ASGIApp, prefix: str, routes: Collection[str]) -> None:
        self._app = app
        self._prefix = prefix
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if path == self._prefix and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            # The links of the page are relative to the folder that it lies in.
            await RedirectResponse(f"{self._prefix}/")(scope, receive, send)
            return
        if path not in self._routes and f"{path}/".startswith(f"{self._prefix}/"):
            scope = {**scope, "path": path.removeprefix(self._prefix) or "/"}
        await self._app(scope, receive, send)
