"""What the holder of a key may still use."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from emoticare.server.errors import AuthenticationError, ForbiddenError, RateLimitedError
from emoticare.server.keys.key_file import ApiKey
from emoticare.server.keys.numbers import Keep, Numbers, keep_alone
from emoticare.server.keys.token_bucket import Clock, TokenBucket
from emoticare.server.metrics import ServerMetrics

_WINDOW_S: Final = 60
AT_ONCE: Final = "-at-once"
"""How the names of numbers end that count what is under way."""


class Quota:
    """A key's limits, and what has been used of them.

    Args:
        key: The key.
        metrics: Where its use is counted by name.
        clock: Tells the time.
        keep: Where it is kept what has been used.

    Attributes:
        key: The key.
        is_revoked: Whether the key has been taken back while a stream that it opened is open.
    """

    def __init__(
        self,
        key: ApiKey,
        metrics: ServerMetrics,
        clock: Clock = time.monotonic_ns,
        keep: Keep = keep_alone,
    ) -> None:
        self.key: ApiKey = key
        self.is_revoked = False
        self._metrics = metrics
        self._clock = clock
        self._keep = keep
        self._open_requests = self._numbers(f"requests{AT_ONCE}")
        self._open_streams = self._numbers(f"streams{AT_ONCE}")
        self._requests = self._bucket("requests", key.requests_per_minute)
        self._texts = self._bucket("texts", key.texts_per_minute)

    def change(self, key: ApiKey) -> None:
        """Go by other limits of the same key; where one is as it was, what was used counts on."""
        if key.requests_per_minute != self.key.requests_per_minute:
            self._requests = self._bucket("requests", key.requests_per_minute)
        if key.texts_per_minute != self.key.texts_per_minute:
            self._texts = self._bucket("texts", key.texts_per_minute)
        self.key = key

    def check_route(self, path: str) -> None:
        """Refuse a path that is not for this key.

        Raises:
            ForbiddenError: If it is not.
        """
        if self.key.routes is not None and path not in self.key.routes:
            raise ForbiddenError(
                "Expected one of the routes that this key is for, found another. Ask whoever runs "
                "the server for a key that is for this route."
            )

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request for scores, or a stream's message, until its answer.

        Raises:
            AuthenticationError: If the key has been taken back.
            RateLimitedError: If there are too many.
        """
        if self.is_revoked:
            raise AuthenticationError("Expected a key of this server, found one taken back.")
        with self._one_of(self._open_requests, "requests"):
            self._take(self._requests, 1, "requests")
            if self.key.name is not None:
                self._metrics.count_key_request(self.key.name)
            yield

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count a stream as long as it is open.

        Raises:
            RateLimitedError: If there are too many.
        """
        with self._one_of(self._open_streams, "streams"):
            yield

    def take_texts(self, n: int) -> None:
        """Count texts that a client has sent, before they are scored.

        Raises:
            RateLimitedError: If there are too many.
        """
        if n:
            self._take(self._texts, n, "texts")
        if self.key.name is not None:
            self._metrics.count_key_texts(self.key.name, n)

    def take_further_inputs(self, n: int) -> None:
        """Count what the model reads beyond the texts that were sent: sentences, copies.

        Their number is known only once the request is under way, so it is not refused any more;
        the texts after it wait for longer.
        """
        if self._texts:
            self._texts.take(n)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields that tell a client what is left.

        They are those of draft-ietf-httpapi-ratelimit-headers-11: lists of strings with parameters,
        in a policy the quota (q), its unit (qu, if not requests) and its window in seconds (w), of
        what is left the number (r) and for how many seconds it holds (t). "texts" is no registered
        unit: a client that does not know it must not take texts for requests.
        """
        policies, left = [], []
        for name, unit, bucket in (
            ("requests", "", self._requests),
            ("texts", ';qu="texts"', self._texts),
        ):
            if bucket:
                n_left = bucket.left()
                policies.append(f'"{name}";q={bucket.per_minute}{unit};w={_WINDOW_S}')
                # Until there is more to take; so Retry-After never ends before, as the draft asks.
                wait_s = bucket.wait_s(n_left + 1)
                left.append(f'"{name}";r={n_left}' + (f";t={wait_s}" if wait_s else ""))
        if not policies:
            return []
        return [
            (b"ratelimit-policy", ", ".join(policies).encode()),
            (b"ratelimit", ", ".join(left).encode()),
        ]

    def _bucket(self, unit: str, per_minute: int | None) -> TokenBucket | None:
        if per_minute is None:
            return None
        return TokenBucket(per_minute, self._clock, self._numbers(f"{unit}-{per_minute}"))

    def _numbers(self, name: str) -> Numbers:
        return self._keep(f"{self.key.digest.hex()}-{name}")

    def _take(self, bucket: TokenBucket | None, n: int, what: str) -> None:
        wait_s = bucket.take_or_wait_s(n) if bucket else 0
        if bucket and wait_s:
            raise self._refusal(f"{bucket.per_minute} {what} a minute", wait_s)

    @contextmanager
    def _one_of(self, numbers: Numbers, what: str) -> Iterator[None]:
        """Count one more as long as it is there, where there may be only so many."""
        most = self.key.concurrency
        if most is None:
            yield
            return
        with numbers.changing() as counts:
            if sum(counts) >= most:
                raise self._refusal(f"{most} {what} at a time", 1)
            counts[numbers.own] += 1
        try:
            yield
        finally:
            with numbers.changing() as counts:
                counts[numbers.own] -= 1

    def _refusal(self, limit: str, wait_s: int) -> RateLimitedError:
        if self.key.name is not None:
            self._metrics.count_key_refusal(self.key.name)
        return RateLimitedError(
            f"Expected at most {limit} with this key, found more. Try again in {wait_s} s.", wait_s
        )
