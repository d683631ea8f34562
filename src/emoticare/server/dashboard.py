"""What the server has scored, as counts by hour in SQLite, for the dashboard; never a text."""

import logging
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import UsageError
from emoticare.labels import SENTIMENTS
from emoticare.server.claims import NOWHERE, Origin
from emoticare.server.errors import UnavailableError

_HOUR_S: Final = 3600
_WRITE_EVERY_S: Final = 2.0
_BUSY_TIMEOUT_S: Final = 5.0
_TEXTS: Final = ""
"""The name under which texts themselves are counted."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counts_by_origin (
  hour INTEGER NOT NULL, route TEXT NOT NULL, key_name TEXT NOT NULL, name TEXT NOT NULL,
  texts INTEGER NOT NULL, PRIMARY KEY (hour, route, key_name, name)
) WITHOUT ROWID
"""
_ADD: Final = """
INSERT INTO counts_by_origin VALUES (?, ?, ?, ?, ?)
ON CONFLICT (hour, route, key_name, name) DO UPDATE SET texts = texts + excluded.texts
"""
# Bins are counted back from the last hour, so that only its own bin is not over yet.
_READ: Final = """
SELECT (:last - hour) / :step, name, SUM(texts) FROM counts_by_origin
WHERE hour > :last - :hours AND hour <= :last
  AND route = COALESCE(:route, route) AND key_name = COALESCE(:key_name, key_name)
GROUP BY 1, 2 ORDER BY 1 DESC
"""
_FIRST: Final = "SELECT MIN(hour) FROM counts_by_origin"
_ORIGINS: Final = """
SELECT DISTINCT route, key_name FROM counts_by_origin
WHERE hour > :last - :hours AND hour <= :last AND name = ''
"""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """Which counts are wanted.

    Attributes:
        hours: How many hours back, the present one included.
        step: How many of them are one bin.
        before: How many hours before those to compare with.
        route: The route that took the texts; None for any.
        key_name: The name of the key that came with them, empty for none; None for any.
    """

    hours: int
    step: int = 1
    before: int = 0
    route: str | None = None
    key_name: str | None = None


class EmotionCounts:
    """Counts of texts by hour, origin and emotion, in a file that several servers may share.

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
        self.names: tuple[str, ...] = (*labels, *sentiments)
        self._members = np.array(
            [[label in members for label in labels] for members in sentiments.values()], bool
        ).reshape(len(sentiments), len(labels))
        self._waiting: Counter[tuple[int, str, str, str]] = Counter()
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

    def add(
        self,
        decided: npt.NDArray[np.bool_],
        origins: Sequence[Origin] = (),
        now_s: float | None = None,
    ) -> None:
        """Count texts; another thread writes them, so that nobody waits for the disk.

        Args:
            decided: Which labels each text carries, of shape (n_texts, n_labels).
            origins: Where each text comes from; nowhere by default.
            now_s: Seconds since 1970; by default the clock tells.
        """
        hour = _hour(now_s)
        carried = np.hstack([decided, decided @ self._members.T])
        rows_of: dict[Origin, list[int]] = defaultdict(list)
        for row, origin in enumerate(origins or [NOWHERE] * len(decided)):
            rows_of[origin].append(row)
        with self._counting:
            for origin, rows in rows_of.items():
                where = hour, origin.route, origin.key_name
                self._waiting[*where, _TEXTS] += len(rows)
                counts = zip(self.names, carried[rows].sum(axis=0).tolist(), strict=True)
                self._waiting.update({(*where, name): n for name, n in counts if n})

    def read(self, question: Question, now_s: float | None = None) -> Mapping[str, object]:
        """Return counts as `/v1/dashboard` gives them.

        Args:
            question: Which; bins without texts are left out.
            now_s: Seconds since 1970; by default the clock tells.

        Raises:
            UnavailableError: If the file cannot be read now.
        """
        last, step = _hour(now_s), question.step
        limits = {"route": question.route, "key_name": question.key_name}
        period = {"last": last, "hours": question.hours}
        former = {"last": last - question.hours, "hours": question.before}
        whole = {"last": last, "hours": question.hours + question.before}
        with self._writing:
            self._write()
            rows = self._read(_READ, {**period, "step": step, **limits})
            rows_before = self._read(_READ, {**former, "step": max(1, question.before), **limits})
            ((first,),) = self._read(_FIRST, {})
            origins = self._read(_ORIGINS, whole)
        found: dict[int, dict[str, int]] = defaultdict(dict)
        for back, name, texts in rows:
            found[back][name] = texts
        before = {name: texts for _, name, texts in rows_before}
        return {
            "bins": [
                {"start": (last - (back + 1) * step + 1) * _HOUR_S, **self._counted(counts)}
                for back, counts in found.items()
            ],
            "end": (last + 1) * _HOUR_S,
            "before": {"hours": question.before, **self._counted(before)},
            "since": None if first is None else first * _HOUR_S,
            "routes": sorted({route for route, _ in origins if route}),
            "key_names": sorted({key_name for _, key_name in origins if key_name}),
        }

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._is_closed.set()
        self._writer.join()
        with self._writing:
            self._write()
            self._database.close()

    def _counted(self, counts: Mapping[str, int]) -> dict[str, object]:
        return {
            "texts": counts.get(_TEXTS, 0),
            "counts": {name: counts.get(name, 0) for name in self.names},
        }

    def _read(self, query: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query, values).fetchall()
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


def _hour(now_s: float | None) -> int:
    return int((time.time() if now_s is None else now_s) // _HOUR_S)
