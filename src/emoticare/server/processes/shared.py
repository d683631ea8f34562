"""What the processes of one server know together."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emoticare.errors import UsageError
from emoticare.server.keys.numbers import Numbers
from emoticare.server.keys.quota import AT_ONCE
from emoticare.server.processes.board import Board
from emoticare.server.processes.shared_metrics import (
    SharedMetrics,
    count_in,
    forget_present_state,
)
from emoticare.server.processes.shared_numbers import SharedNumbers

# In memory, on Linux, and writable where nothing else is.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


class Shared:
    """What the processes of one server know together, in a folder.

    Args:
        folder: The folder; it holds nothing but what is here.
        n_processes: How many processes there are.

    Attributes:
        board: Which processes run, and how busy they are.
    """

    def __init__(self, folder: Path, n_processes: int) -> None:
        self._folder = folder
        self._n_processes = n_processes
        self._metrics = folder / "metrics"
        self._limits = folder / "limits"
        for part in (self._metrics, self._limits):
            part.mkdir(exist_ok=True)
        self.board: Board = Board(folder / "board", n_processes)

    def join(self, number: int) -> SharedMetrics:
        """Count what this process does together with what the others do.

        Args:
            number: Which of the processes it is.

        Returns:
            The metrics of all.
        """
        count_in(self._metrics, number)
        return SharedMetrics(self._metrics, self.board.pids)

    def numbers(self, name: str, number: int) -> Numbers:
        """Return numbers in which all processes keep what is used of a limit.

        Args:
            name: Of the limit.
            number: Which of the processes this one is.
        """
        return SharedNumbers(self._limits / name, self._n_processes, number)

    def forget(self, number: int) -> None:
        """Drop what was under way in a process that has ended; what it has counted stays."""
        self.board.leave(number)
        forget_present_state(self._metrics, number)
        for path in self._limits.glob(f"*{AT_ONCE}"):
            with SharedNumbers(path, self._n_processes, number).changing() as counts:
                counts[number] = 0

    def abandon(self, number: int) -> None:
        """Leave, where no supervisor is left that would remove the folder; the last one does."""
        self.board.leave(number)
        if not any(self.board.pids()):
            shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Give an empty folder, in memory where that is possible, as long as the server runs.

    Raises:
        UsageError: If none can be made.
    """
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    try:
        folder = tempfile.TemporaryDirectory(prefix="emoticare-", dir=place)
    except OSError as error:
        raise UsageError(
            f"Expected a folder for what several processes share, found none: {error.strerror}. "
            "Make /dev/shm or the folder of TMPDIR writable, or serve with one process."
        ) from error
    with folder as path:
        yield Path(path)
