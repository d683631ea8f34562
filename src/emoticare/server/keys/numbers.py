"""Where it is kept what has been used of a limit."""

from collections.abc import Callable, Iterator, MutableSequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Numbers(Protocol):
    """Some whole numbers, 0 at first.

    Attributes:
        own: Which of them counts what this process does; the sum is what all do.
    """

    @property
    def own(self) -> int:
        """Which of them counts what this process does."""
        ...

    def changing(self) -> AbstractContextManager[MutableSequence[int]]:
        """Give the numbers, to be changed; nobody else changes them meanwhile."""
        ...


class OwnNumbers:
    """A number that no other process knows."""

    own = 0

    def __init__(self) -> None:
        self._numbers = [0]

    @contextmanager
    def changing(self) -> Iterator[MutableSequence[int]]:
        """Give the number, to be changed."""
        yield self._numbers


Keep = Callable[[str], Numbers]
"""Gives numbers by a name, which is that of a file where they are shared."""


def keep_alone(_: str) -> Numbers:
    """Keep numbers for this process alone."""
    return OwnNumbers()
