"""What the routes share: the scorer, the limits, and whether requests are still taken."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from starlette.requests import HTTPConnection, Request
from starlette.types import Receive

from emoticare.server.claims import Claim, claim_of
from emoticare.server.config import ServerConfig
from emoticare.server.dashboard import EmotionCounts
from emoticare.server.errors import (
    OverloadedError,
    UnavailableError,
    ValidationError,
)
from emoticare.server.keys.store import KeyStore
from emoticare.server.keys.usage import current_usage
from emoticare.server.metrics import ServerMetrics
from emoticare.server.scorer import BatchingScorer, EngineState
from emoticare.server.text_queue import Scores
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import Readable, Reply
from emoticare.stages.tokens import TokenizedText

# Some full batches of sentences.
_PORTION: Final = 256
_COPIES_AT_ONCE: Final = 64

_ScorePart = Callable[[slice, asyncio.Future[None]], Awaitable[Scores]]


@dataclass
class Traffic:
    """What is under way, and whether more may come.

    Attributes:
        n_open: Requests for scores, and messages of streams, that have no answer yet.
        n_streams: Open streams.
        is_draining: Whether the server is about to stop, and clients should go elsewhere.
        is_closing: Whether it takes no more connections, nor messages of streams.
    """

    n_open: int = 0
    n_streams: int = 0
    is_draining: bool = False
    is_closing: bool = False


class Service:
    """A running server's parts.

    Args:
        config: Its configuration.
        scorer: What scores texts.
        metrics: What is counted.
        keys: Who may use it.
        counts: What the dashboard shows; None without one.
        traffic: What is under way, where this service takes another one's place.
    """

    def __init__(
        self,
        config: ServerConfig,
        scorer: BatchingScorer,
        metrics: ServerMetrics,
        keys: KeyStore,
        counts: EmotionCounts | None = None,
        *,
        traffic: Traffic | None = None,
    ) -> None:
        self.config = config
        self.scorer = scorer
        self.metrics = metrics
        self.keys = keys
        self.counts = counts
        self.traffic: Traffic = traffic or Traffic()

    @property
    def n_open(self) -> int:
        """Requests for scores, and messages of streams, that have no answer yet."""
        return self.traffic.n_open

    def check_ready(self) -> None:
        """Say whether clients should come here.

        Raises:
            UnavailableError: If the server is about to stop or the model does not answer.
        """
        if self.traffic.is_draining:
            raise stopping()
        self._check_model()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count a request, or a stream's message, from its acceptance to its answer.

        Raises:
            UnavailableError: If the model does not answer.
            OverloadedError: If there are too many already.
            RateLimitedError: If there are too many of the client's key.
        """
        self._check_model()
        most = self.config.max_concurrent_requests
        if self.n_open >= self.config.share(most):
            raise OverloadedError(
                f"Expected at most {most} requests at a time, found more. Send the request again "
                "after the time that Retry-After says."
            )
        with current_usage().request():
            self.traffic.n_open += 1
            try:
                yield
            finally:
                self.traffic.n_open -= 1

    def check_texts(self, texts: Sequence[Readable]) -> None:
        """Refuse too many or too long texts, and more than the client's key allows a minute.

        Args:
            texts: What a client has sent. What was said before a text may be as long as a text, and
                counts as a part of it.

        Raises:
            ValidationError: If a limit is exceeded.
            RateLimitedError: If it is one of the key.
        """
        if len(texts) > self.config.max_texts:
            raise ValidationError(
                f"Expected at most {self.config.max_texts} texts, found {len(texts)}. "
                "Send several requests."
            )
        longest = max(map(_n_chars, texts), default=0)
        if longest > self.config.max_chars:
            raise ValidationError(
                f"Expected texts of at most {self.config.max_chars} characters, found one of "
                f"{longest}. Cut it; the model reads "
                f"{self.scorer.artifact.config.max_length} tokens."
            )
        current_usage().count_texts(len(texts))

    def claim(self, connection: HTTPConnection, n_texts: int, *, asks_low: bool = False) -> Claim:
        """Return whose turn a request takes, or a stream's message; see `claim_of`."""
        usage = current_usage()
        return claim_of(
            connection,
            n_texts,
            asks_low=asks_low,
            key_holder=usage.key_holder,
            key_name=usage.key_name,
        )

    async def score(
        self, request: Request, texts: Sequence[Readable], *, asks_low: bool = False
    ) -> Scores:
        """Score the texts of a request, unless its client goes first.

        Raises:
            ServingError: If a limit is exceeded or the model fails.
        """
        self.check_texts(texts)
        claim = self.claim(request, len(texts), asks_low=asks_low)
        current_usage().count_inputs(len(texts))
        with _watched(request) as client_gone:
            return await self.scorer.score(texts, client_gone, claim)

    async def score_sentences(
        self,
        request: Request,
        sentences: Sequence[Readable],
        *,
        asks_low: bool = False,
        n_counted: int | None = None,
    ) -> Scores:
        """Score the sentences of a request in portions, so that not all need room at once.

        Args:
            request: The request.
            sentences: Its sentences, or turns of a conversation.
            asks_low: Whether others may go first.
            n_counted: As for `ScoringJob`.

        Raises:
            ServingError: If the model is busy or fails.
        """
        claim = self.claim(request, len(sentences), asks_low=asks_low)
        most_counted = len(sentences) if n_counted is None else n_counted

        def score(part: slice, client_gone: asyncio.Future[None]) -> Awaitable[Scores]:
            left = max(0, most_counted - part.start)
            return self.scorer.score(sentences[part], client_gone, claim, left)

        parts = await self._in_portions(request, len(sentences), _PORTION, score)
        return Scores(
            np.concatenate([part.outputs for part in parts]),
            parts[0].n_labels,
            [tokens for part in parts for tokens in part.tokenized],
        )

    async def score_copies(self, request: Request, copies: Sequence[TokenizedText]) -> FloatArray:
        """Score copies of a text in portions, so that not all need room at once.

        Returns:
            Logits, float32 of shape (n_copies, n_labels).

        Raises:
            ServingError: If the model is busy or fails.
        """
        claim = self.claim(request, len(copies))

        def score(part: slice, client_gone: asyncio.Future[None]) -> Awaitable[Scores]:
            return self.scorer.score_copies(copies[part], client_gone, claim)

        parts = await self._in_portions(request, len(copies), _COPIES_AT_ONCE, score)
        return np.concatenate([part.logits for part in parts])

    def _check_model(self) -> None:
        if self.scorer.state is not EngineState.READY:
            raise UnavailableError(
                f"The model is {self.scorer.state}. GET /readyz says when it is ready."
            )

    async def _in_portions(
        self, request: Request, n_items: int, most: int, score: _ScorePart
    ) -> list[Scores]:
        current_usage().count_inputs(n_items)
        portion = min(most, self.config.max_queue_texts)
        with _watched(request) as client_gone:
            return [
                await score(slice(start, start + portion), client_gone)
                for start in range(0, max(1, n_items), portion)
            ]


def _n_chars(text: Readable) -> int:
    """Return the length of a text, or of what was said before it if that is longer."""
    return max(len(text.text), len(text.context)) if isinstance(text, Reply) else len(text)


def stopping() -> UnavailableError:
    """Return what a client is told that should go elsewhere."""
    return UnavailableError("The server is stopping. Send the request to another one.")


@contextmanager
def _watched(request: Request) -> Iterator[asyncio.Future[None]]:
    """Give what is done once the client has gone."""
    client_gone = asyncio.ensure_future(_until_gone(request.receive))
    try:
        yield client_gone
    finally:
        client_gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
