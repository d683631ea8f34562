"""Who is behind the request that is being answered, and how much it has asked for.

It goes with the task that answers, not through every function: so no route can forget to count.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emoticare.server.keys.quota import Quota


class Usage:
    """What a request, or a stream, has asked for.

    Attributes:
        quota: Of its key; None on an open server or where no key is needed.
        n_texts: How many texts it has sent; a stream, in all its messages.
    """

    def __init__(self) -> None:
        self.quota: Quota | None = None
        self.n_texts: int = 0
        # Of the one request, or of the stream's present message:
        self._n_texts = 0
        self._n_inputs = 0
        self._n_counted = 0

    @property
    def key_name(self) -> str | None:
        """The key's name, if it has one."""
        return self.quota.key.name if self.quota else None

    @property
    def key_holder(self) -> str | None:
        """What tells the key's holder apart from others; None without a key."""
        return self.quota.key.holder if self.quota else None

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the request, or a stream's next message, until its answer.

        Raises:
            ServingError: If the key's limits do not allow it.
        """
        self._n_texts = self._n_inputs = self._n_counted = 0
        with self.quota.request() if self.quota else nullcontext():
            yield

    def count_texts(self, n: int) -> None:
        """Count the texts that were sent; to count them again changes nothing.

        Raises:
            RateLimitedError: If the key's limits do not allow so many.
        """
        further = n - self._n_texts
        if further <= 0:
            return
        if self.quota:
            self.quota.take_texts(further)
        self._n_texts += further
        self._n_counted += further
        self.n_texts += further

    def count_inputs(self, n: int) -> None:
        """Count what the model is about to read: texts, or sentences and copies of them."""
        self._n_inputs += n
        further = self._n_inputs - self._n_counted
        if further > 0:
            self._n_counted += further
            if self.quota:
                self.quota.take_further_inputs(further)


_usage: Final[ContextVar[Usage | None]] = ContextVar("usage", default=None)


def begin_usage() -> Usage:
    """Begin to count for the request of this task."""
    usage = Usage()
    _usage.set(usage)
    return usage


def current_usage() -> Usage:
    """Return what counts for the request of this task."""
    return _usage.get() or begin_usage()
