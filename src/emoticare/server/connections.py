"""How many connections there may be, and how long each may keep the server waiting."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from emoticare.server.config import ServerConfig
from emoticare.server.errors import OverloadedError
from emoticare.server.networks import network_of

_LOOKING_S: Final = 0.2


@dataclass(eq=False, slots=True)
class _Client:
    """What comes from one address."""

    address: str
    n_open: int = 0
    n_streams: int = 0
    waiting: "dict[Place, None]" = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Place:
    """The place of one connection among all.

    Attributes:
        transport: The connection.
        client: Whose it is.
        when_late: What is done when it has kept the server waiting for too long.
        deadline_s: When that is, in the event loop's time; infinite while the server owes it an
            answer.
        is_stream: Whether it has become a WebSocket.
        is_open: Whether it still takes the place.
    """

    transport: asyncio.Transport
    client: _Client
    when_late: Callable[[], None]
    deadline_s: float = math.inf
    is_stream: bool = False
    is_open: bool = True


class Connections:
    """All open connections, of which there are never more than the limits allow.

    A connection is waiting while it is the client's turn: its request has not come, or not wholly,
    or its answer is not being read. Where there are too many connections, a new one takes the place
    of the one that has been waiting for the longest, so that clients that send what they want
    are heard while others hold connections open. Where none is waiting, the new one is refused.

    Args:
        config: The limits.
    """

    def __init__(self, config: ServerConfig) -> None:
        most_of_client = config.share(config.max_connections_per_client)
        self._most = min(config.share(config.max_connections), max(1, most_open_files() // 2))
        self._most_of_client = min(most_of_client, self._most)
        self._clients: dict[str, _Client] = {}
        self._waiting: dict[Place, None] = {}
        self._n_open = 0
        self._n_streams = 0
        self._look: asyncio.TimerHandle | None = None

    def open(
        self, transport: asyncio.Transport, address: str, when_late: Callable[[], None]
    ) -> Place:
        """Give a new connection a place.

        Raises:
            OverloadedError: If there is none.
        """
        key = network_of(address)
        client = self._clients.get(key) or _Client(key)
        if client.n_open >= self._most_of_client:
            self._make_room(client.waiting, "of one client")
        elif self._n_open >= self._most:
            self._make_room(self._waiting, "in all")
        self._clients[key] = client
        client.n_open += 1
        self._n_open += 1
        if self._look is None:
            self._look_later()
        return Place(transport, client, when_late)

    def wait(self, place: Place, deadline_s: float) -> None:
        """Note that it is the client's turn, up to a time."""
        self.work(place)
        if place.is_open:
            place.deadline_s = deadline_s
            self._waiting[place] = place.client.waiting[place] = None

    def work(self, place: Place) -> None:
        """Note that it is the server's turn."""
        place.deadline_s = math.inf
        self._waiting.pop(place, None)
        place.client.waiting.pop(place, None)

    def become_stream(self, place: Place) -> None:
        """Note that a connection is about to become a stream, which may last.

        Raises:
            OverloadedError: If there are so many that other requests would find no place.
        """
        client = place.client
        if 2 * self._n_streams >= self._most or 2 * client.n_streams >= self._most_of_client:
            raise OverloadedError("Expected fewer open streams, found too many. Close some.")
        self.work(place)
        place.is_stream = True
        self._n_streams += 1
        client.n_streams += 1

    def close(self, place: Place) -> None:
        """Give a place back."""
        if not place.is_open:
            return
        self.work(place)
        place.is_open = False
        client = place.client
        self._n_open -= 1
        self._n_streams -= place.is_stream
        client.n_open -= 1
        client.n_streams -= place.is_stream
        if not client.n_open:
            del self._clients[client.address]

    def _look_later(self) -> None:
        self._look = asyncio.get_running_loop().call_later(_LOOKING_S, self._end_late)

    def _end_late(self) -> None:
        """End the connections that have kept the server waiting for too long."""
        self._look = None
        now_s = asyncio.get_running_loop().time()
        for place in [place for place in self._waiting if place.deadline_s < now_s]:
            place.when_late()
        if self._n_open:
            self._look_later()

    def _make_room(self, waiting: dict[Place, None], where: str) -> None:
        longest = next(iter(waiting), None)
        if longest is None:
            raise OverloadedError(
                f"Expected fewer connections {where}, found as many as there may be. Close some, "
                "or come back later."
            )
        self.close(longest)
        longest.transport.abort()


def most_open_files() -> float:
    """Return how many files the process may have open; infinite where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return math.inf if soft == resource.RLIM_INFINITY else soft
