"""Which processes of a server run, and how busy they are, in a file that all have in memory."""

import mmap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_COLUMNS: Final = 3
_BYTES: Final = 8
# One whose event loop has not come round for so long takes no connections at present.
_AWAKE_NS: Final = 1_000_000_000
# Connections may be so unevenly spread: one more for so many.
_UNEVEN: Final = 8


class Board:
    """What each process of a server says of itself.

    Args:
        path: The file; made where it is missing.
        n_processes: How many there are.
    """

    def __init__(self, path: Path, n_processes: int) -> None:
        n_bytes = _COLUMNS * _BYTES * n_processes
        with path.open("a+b") as file:
            file.truncate(n_bytes)
            numbers = memoryview(mmap.mmap(file.fileno(), n_bytes)).cast("q")
        n = n_processes
        self._n = n
        self._pids = numbers[:n]
        self._n_connections = numbers[n : 2 * n]
        # When its event loop last came round; 0 for one that takes no connections.
        self._awake_ns = numbers[2 * n :]

    def enter(self, number: int, pid: int) -> None:
        """Note which process of the system one is."""
        self._pids[number] = pid

    def tell(self, number: int, n_connections: int) -> None:
        """Note that a process takes connections, and how many it has."""
        self._n_connections[number] = n_connections
        self._awake_ns[number] = time.monotonic_ns()

    def rest(self, number: int) -> None:
        """Note that a process takes no connections any more."""
        self._awake_ns[number] = 0

    def leave(self, number: int) -> None:
        """Note that a process has ended."""
        self._awake_ns[number] = self._pids[number] = 0

    def pids(self) -> Iterator[int]:
        """Return those that run."""
        return filter(None, self._pids.tolist())

    def serves(self) -> bool:
        """Return whether any process takes connections."""
        return any(self._awake_ns)

    def is_in_turn(self, number: int, n_connections: int) -> bool:
        """Return whether a process should take the next connection.

        Not so if others have clearly fewer. The system wakes all that wait for a connection, and
        the first takes it; kept connections would gather where it is quiet by chance.

        Args:
            number: Which process.
            n_connections: How many it has.
        """
        self._n_connections[number] = n_connections
        since_ns = time.monotonic_ns() - _AWAKE_NS
        of_others = [
            self._n_connections[other]
            for other in range(self._n)
            if other != number and self._awake_ns[other] > since_ns
        ]
        least = min(of_others, default=n_connections)
        return n_connections <= least + least // _UNEVEN
