"""What the server has scored, as counts by hour in SQLite, for the dashboard; never a text."""

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import UsageError
from emoticare.labels import SENTIMENTS
from emoticare.server.errors import UnavailableError

_HOUR_S: Final = 3600
_WRITE_EVERY_S: Final = 2.0
_BUSY_TIMEOUT_S: Final = 5.0
_TEXTS: Final = ""
"""The name under which texts themselves are counted."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS emotion_counts (
  hour INTEGER NOT NULL, name TEXT NOT NULL, texts INTEGER NOT NULL, PRIMARY KEY (hour, name)
) WITHOUT ROWID
"""
_ADD: Final = """
INSERT INTO emotion_counts VALUES (?, ?, ?)
ON CONFLICT (hour, name) DO UPDATE SET texts = texts + excluded.texts
"""
_READ: Final = """
SELECT hour, name, texts FROM emotion_counts WHERE hour > ? AND hour <= ? ORDER BY hour
"""

_logger = logging.getLogger(__name__)


class EmotionCounts:
    """Counts of texts by hour and by emotion, in a file that several servers may share.

    Args:
        path: The SQLite file; made where it is missing.
        labels: Of the model.

    Attributes:
        names: What is counted: the labels, then the sentiments of which a text carries any.

    Raises:
        UsageError: If the file cannot be used.
    """

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        sentiments = {
            name: members for name, members in SENTIMENTS.items() if set(members) & set(labels)
        }
        self.names = (*labels, *sentiments)
        self._members = np.array(
            [[label in members for label in labels] for members in sentiments.values()], bool
        ).reshape(len(sentiments), len(labels))
        self._waiting: Counter[tuple[int, str]] = Counter()
        self._counting = threading.Lock()
        self._writing = threading.Lock()
        self._is_closed = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None
            )
            self._database.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise UsageError(
                f"Expected a file for counts at {path}, found one that is no SQLite file or cannot "
                "be written. Name another with --dashboard."
            ) from error
        self._writer = threading.Thread(target=self._write_regularly, daemon=True)
        self._writer.start()

    def add(self, decided: npt.NDArray[np.bool_], now_s: float | None = None) -> None:
        """Count texts; another thread writes them, so that nobody waits for the disk.

        Args:
            decided: Which labels each text carries, of shape (n_texts, n_labels).
            now_s: Seconds since 1970; by default the clock tells.
        """
        if not len(decided):
            return
        hour = int((time.time() if now_s is None else now_s) // _HOUR_S)
        carried = np.hstack([decided, decided @ self._members.T])
        counts = zip(self.names, carried.sum(axis=0).tolist(), strict=True)
        with self._counting:
            self._waiting[hour, _TEXTS] += len(decided)
            self._waiting.update({(hour, name): n for name, n in counts if n})

    def by_hour(self, hours: int, now_s: float | None = None) -> list[Mapping[str, object]]:
        """Return the counts of the last hours, the present one included, oldest first.

        Args:
            hours: How many; those without texts are left out.
            now_s: Seconds since 1970; by default the clock tells.

        Raises:
            UnavailableError: If the file cannot be read now.
        """
        last = int((time.time() if now_s is None else now_s) // _HOUR_S)
        with self._writing:
            self._write()
            rows = self._read(last - hours, last)
        found: dict[int, dict[str, int]] = {}
        for hour, name, texts in rows:
            found.setdefault(hour, {})[name] = texts
        return [
            {
                "start": hour * _HOUR_S,
                "texts": counts.get(_TEXTS, 0),
                "counts": {name: counts.get(name, 0) for name in self.names},
            }
            for hour, counts in found.items()
        ]

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._is_closed.set()
        self._writer.join()
        with self._writing:
            self._write()
            self._database.close()

    def _read(self, after: int, last: int) -> list[tuple[int, str, int]]:
        try:
            return self._database.execute(_READ, (after, last)).fetchall()
        except sqlite3.Error as error:
            _logger.error("counts could not be read", exc_info=error)
            raise UnavailableError(
                "Expected counts that can be read, found their file locked or damaged. Try again; "
                "the server's log says more."
            ) from None

    def _write_regularly(self) -> None:
        while not self._is_closed.wait(_WRITE_EVERY_S):
            with self._writing:
                self._write()

    def _write(self) -> None:
        with self._counting:
            taken, self._waiting = self._waiting, Counter()
        if not taken:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(_ADD, [(*key, n) for key, n in taken.items()])
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            # A full disk or a long lock must not cost counts; they are tried again.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            with self._counting:
                self._waiting.update(taken)
            _logger.error("counts could not be written", exc_info=error)
