"""A minute's allowance that comes back steadily."""

import time
from collections.abc import Callable
from typing import Final

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
        clock: Tells the time.
    """

    __slots__ = ("_clock", "_full_at_ns", "_interval_ns", "per_minute")

    def __init__(self, per_minute: int, clock: Clock = time.monotonic_ns) -> None:
        self.per_minute = per_minute
        self._interval_ns = _MINUTE_NS // per_minute
        self._clock = clock
        self._full_at_ns = clock()

    def wait_s(self, n: int = 1) -> int:
        """Return for how many whole seconds tokens cannot be taken yet; 0 if they can.

        Args:
            n: How many are wanted. More than the bucket holds are given once it is full; those
                who come next then wait for longer, so that the rate holds.
        """
        to_spare = self.per_minute - min(n, self.per_minute)
        wait_ns = self._until_full_ns() - to_spare * self._interval_ns
        return max(0, -(-wait_ns // _NS))

    def take(self, n: int = 1) -> None:
        """Take tokens, whether they are there or not: what is owed comes back first."""
        self._full_at_ns = self._clock() + self._until_full_ns() + n * self._interval_ns

    def left(self) -> int:
        """Return how many can be taken now."""
        missing = -(-self._until_full_ns() // self._interval_ns)
        return max(0, self.per_minute - missing)

    def _until_full_ns(self) -> int:
        return max(0, self._full_at_ns - self._clock())
