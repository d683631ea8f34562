"""A minute's allowance that comes back steadily."""

import time
from collections.abc import Callable
from typing import Final

from emoticare.server.keys.numbers import Numbers, OwnNumbers

_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _NS
MOST_PER_MINUTE: Final = 1_000_000_000

Clock = Callable[[], int]
"""Says the time in nanoseconds, and never goes back."""


class TokenBucket:
    """Tokens that are taken at will and come back steadily.

    What is kept is the time at which the bucket is full again, as in the generic cell rate
    algorithm, and in whole nanoseconds: what is taken is exact, and a bucket is one number.

    Args:
        per_minute: How many come back in a minute, and how many the bucket holds.
        clock: Tells the time, to all who share the bucket.
        numbers: Where that time is kept; by default in this bucket alone.
    """

    __slots__ = ("_clock", "_interval_ns", "_numbers", "per_minute")

    def __init__(
        self, per_minute: int, clock: Clock = time.monotonic_ns, numbers: Numbers | None = None
    ) -> None:
        self.per_minute: int = per_minute
        self._interval_ns = _MINUTE_NS // per_minute
        self._clock = clock
        self._numbers = numbers or OwnNumbers()

    def wait_s(self, n: int = 1) -> int:
        """Return for how many whole seconds tokens cannot be taken yet; 0 if they can.

        Args:
            n: How many are wanted. More than the bucket holds are given once it is full; those
                who come next then wait for longer, so that the rate holds.
        """
        with self._numbers.changing() as numbers:
            return self._wait_s(numbers[0], n)

    def take(self, n: int = 1) -> None:
        """Take tokens, whether they are there or not: what is owed comes back first."""
        with self._numbers.changing() as numbers:
            numbers[0] = self._after(numbers[0], n)

    def take_or_wait_s(self, n: int = 1) -> int:
        """Take tokens if they are there; else return as `wait_s` for how long they are not."""
        with self._numbers.changing() as numbers:
            wait_s = self._wait_s(numbers[0], n)
            if not wait_s:
                numbers[0] = self._after(numbers[0], n)
            return wait_s

    def left(self) -> int:
        """Return how many can be taken now."""
        with self._numbers.changing() as numbers:
            missing = -(-self._until_full_ns(numbers[0]) // self._interval_ns)
        return max(0, self.per_minute - missing)

    def _wait_s(self, full_at_ns: int, n: int) -> int:
        to_spare = self.per_minute - min(n, self.per_minute)
        wait_ns = self._until_full_ns(full_at_ns) - to_spare * self._interval_ns
        return max(0, -(-wait_ns // _NS))

    def _after(self, full_at_ns: int, n: int) -> int:
        """Return when the bucket is full again once tokens have been taken."""
        return self._clock() + self._until_full_ns(full_at_ns) + n * self._interval_ns

    def _until_full_ns(self, full_at_ns: int) -> int:
        return max(0, full_at_ns - self._clock())
