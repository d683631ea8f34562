"""Only requests that are for this server, by its name."""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from emoticare.server.errors import MalformedError, MisdirectedError, ServingError

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
ANY: Final = "*"
# Source: RFC 3986, 3.2.2, without what no server is called.
_HOST: Final = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_.-]{1,253}))(?::[0-9]{0,5})?",
    re.ASCII | re.IGNORECASE,
)


class HostMiddleware:
    """Refuses requests with no host, several, or another's.

    A page of another site can have its own name point to this machine, and its browser then takes
    this server for that site: the Host header still has the name.

    Args:
        app: What answers.
        names: Names of the server, without ports; `ANY` among them for any.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = None if ANY in names else frozenset(map(_canonical, names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        error = self._error(scope) if scope["type"] in ("http", "websocket") else None
        if error is None:
            await self._app(scope, receive, send)
        else:
            await error.response()(scope, receive, send)

    def _error(self, scope: Scope) -> ServingError | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if not hosts and scope["http_version"] == "1.0" and self._names is None:
            return None  # its probes know no such header
        host = _HOST.fullmatch(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
        if host is None:
            return MalformedError(
                "Expected one header Host with the name of the server, found none, several, or no "
                "name."
            )
        if self._names is None or _canonical(host["v6"] or host["name"]) in self._names:
            return None
        return MisdirectedError(
            "Expected a host that this server goes by, found another. Use its own name, or have "
            "whoever runs it add this one with --allowed-hosts."
        )


def own_names(host: str, allowed: Collection[str]) -> Collection[str]:
    """Return the names that a server goes by.

    Args:
        host: What it listens on.
        allowed: What whoever runs it says; empty for what suits the host.
    """
    if allowed:
        return allowed
    return (*LOOPBACK, host) if is_loopback(host) else (ANY,)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(maxsize=256)
def _canonical(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return name.lower().removesuffix(".")
