"""Wrong keys, by the network that they came from."""

import time
from collections import OrderedDict
from typing import Final

from emoticare.server.keys.token_bucket import Clock, TokenBucket

_PER_MINUTE: Final = 10
_MOST_NETWORKS: Final = 10_000


class FailedKeys:
    """Lets each network try some wrong keys a minute.

    A network that has been forgotten for many others begins anew. Whoever has that many networks
    has as many tries anyway.

    Args:
        clock: Tells the time.
        most_networks: How many are remembered.
    """

    def __init__(
        self, clock: Clock = time.monotonic_ns, most_networks: int = _MOST_NETWORKS
    ) -> None:
        self._clock = clock
        self._most_networks = most_networks
        self._tries: OrderedDict[str, TokenBucket] = OrderedDict()

    def wait_s(self, network: str) -> int:
        """Return for how many seconds a network may try no further key; 0 if it may."""
        tries = self._tries.get(network)
        return tries.wait_s() if tries else 0

    def count(self, network: str) -> None:
        """Count a wrong key."""
        tries = self._tries.pop(network, None) or TokenBucket(_PER_MINUTE, self._clock)
        tries.take()
        self._tries[network] = tries
        if len(self._tries) > self._most_networks:
            self._tries.popitem(last=False)
