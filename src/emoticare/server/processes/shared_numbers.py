"""Numbers in a file that several processes change, one at a time."""

import fcntl
import os
from array import array
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BYTES: Final = 8


class SharedNumbers:
    """One number for each process; see `Numbers`.

    A lock on the file, unlike one in memory, is given up by the system when its holder dies.

    Args:
        path: The file; made where it is missing.
        n_processes: How many there are.
        own: Which of them this process is.
    """

    def __init__(self, path: Path, n_processes: int, own: int) -> None:
        self._path = path
        self._n_bytes = _BYTES * n_processes
        self.own = own

    @contextmanager
    def changing(self) -> Iterator[MutableSequence[int]]:
        """Give the numbers, to be changed."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            read = os.pread(file, self._n_bytes, 0)
            numbers = array("q", read.ljust(self._n_bytes, b"\0"))
            yield numbers
            os.pwrite(file, numbers.tobytes(), 0)
        finally:
            os.close(file)
