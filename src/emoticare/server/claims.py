"""Whose turn a request takes, and with which priority."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from starlette.requests import HTTPConnection

from emoticare.server.networks import network_of

# A request of more texts has low priority, whatever it says.
_MOST_URGENT_TEXTS: Final = 32
# RFC 9218: urgencies go from 0 to 7, less urgent ones being higher; 3 is the default, and browsers
# may send 4 with what a page fetches.
_URGENCY: Final = re.compile(r"(?:^|,)[ \t]*u=([0-7])(?=[ \t]*(?:[,;]|$))")
_LAST_NORMAL_URGENCY: Final = 4


class Priority(StrEnum):
    """Which of two lanes a request takes; each has batches of its own."""

    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where texts come from, as the dashboard tells them apart.

    Attributes:
        route: The path that took them.
        key_name: The name of the key that came with them; empty for none, or one without a name.
    """

    route: str = ""
    key_name: str = ""


NOWHERE: Final = Origin()
"""The origin of texts that no request brought."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request brings to the queue.

    Attributes:
        client: Whose it is; clients take turns.
        priority: Its lane.
        origin: Where its texts come from; it changes nobody's turn.
    """

    client: str = ""
    priority: Priority = Priority.NORMAL
    origin: Origin = field(default=NOWHERE, compare=False)


NOBODYS: Final = Claim()
"""A claim of no client in particular."""


def claim_of(
    connection: HTTPConnection,
    n_texts: int,
    *,
    asks_low: bool,
    key_holder: str | None,
    key_name: str | None = None,
) -> Claim:
    """Return the claim of a request, or of a stream's message.

    Args:
        connection: What it came with.
        n_texts: How many texts it has.
        asks_low: Whether it asks in its body for low priority.
        key_holder: Whose key it has; None where no key is checked, and clients are told apart by
            their addresses. A key would be one more name to choose at will there.
        key_name: The name of its key, if it has one.
    """
    is_low = asks_low or n_texts > _MOST_URGENT_TEXTS or _is_patient(connection)
    return Claim(
        _network(connection) if key_holder is None else key_holder,
        Priority.LOW if is_low else Priority.NORMAL,
        Origin(connection.scope["path"], key_name or ""),
    )


def _is_patient(connection: HTTPConnection) -> bool:
    # What is no urgency is ignored, as the RFC says; of several, the last one counts.
    urgencies = _URGENCY.findall(connection.headers.get("priority", ""))
    return bool(urgencies) and int(urgencies[-1]) > _LAST_NORMAL_URGENCY


def _network(connection: HTTPConnection) -> str:
    return network_of(connection.client.host) if connection.client else ""
