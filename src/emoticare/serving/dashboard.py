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

_HOUR_S: Final = 3600
_FLUSH_EVERY_S: Final = 2.0
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
        self._flushed_s = time.monotonic()
        self._lock = threading.Lock()
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

    def add(self, decided: npt.NDArray[np.bool_], now_s: float | None = None) -> None:
        """Counts texts; a file that cannot be written now is tried again later.

        Args:
            decided: Which labels each text carries, of shape (n_texts, n_labels).
            now_s: Seconds since 1970; by default the clock tells.
        """
        hour = int((time.time() if now_s is None else now_s) // _HOUR_S)
        carried = np.hstack([decided, decided @ self._members.T])
        counts = zip(self.names, carried.sum(axis=0).tolist(), strict=True)
        with self._lock:
            self._waiting[hour, _TEXTS] += len(decided)
            self._waiting.update({(hour, name): n for name, n in counts if n})
            if time.monotonic() - self._flushed_s >= _FLUSH_EVERY_S:
                self._flush()

    def by_hour(self, hours: int, now_s: float | None = None) -> list[Mapping[str, object]]:
        """Returns the counts of the last hours, the present one included, oldest first.

        Args:
            hours: How many; those without texts are left out.
            now_s: Seconds since 1970; by default the clock tells.
        """
        last = int((time.time() if now_s is None else now_s) // _HOUR_S)
        with self._lock:
            self._flush()
            rows = self._database.execute(
                "SELECT hour, name, texts FROM emotion_counts WHERE hour > ? AND hour <= ? "
                "ORDER BY hour",
                (last - hours, last),
            ).fetchall()
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
        """Writes what waits, and closes the file."""
        with self._lock:
            self._flush()
            self._database.close()

    def _flush(self) -> None:
        self._flushed_s = time.monotonic()
        rows = [(hour, name, n) for (hour, name), n in self._waiting.items()]
        if not rows:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(_ADD, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            # A full disk or a long lock must not fail anybody's request.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            _logger.error("counts could not be written", exc_info=error)
        else:
            self._waiting.clear()
