"""Answers of a server that is about to stop tell their clients to connect anew."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoticare.server.service import Traffic

_CLOSE: Final = (b"connection", b"close")


class DrainingMiddleware:
    """Adds `Connection: close` while the server drains, so that no client sends into a closed one.

    Args:
        app: What answers.
        traffic: Says whether the server drains.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_close(message: Message) -> None:
            if message["type"] == "http.response.start" and self._traffic.is_draining:
                headers = message["headers"]
                message["headers"] = [header for header in headers if header[0] != _CLOSE[0]]
                message["headers"].append(_CLOSE)
            await send(message)

        await self._app(scope, receive, send_with_close)
