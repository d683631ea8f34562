"""What the routes share: the scorer, the limits, and whether requests are still taken."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from starlette.requests import Request
from starlette.types import Receive

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
from emoticare.stages.tokens import TokenizedText

# Some full batches of sentences.
_PORTION: Final = 256
_COPIES_AT_ONCE: Final = 64

_Item = TypeVar("_Item", str, TokenizedText)


class Service:
    """A running server's parts.

    Args:
        config: Its configuration.
        scorer: What scores texts.
        metrics: What is counted.
        keys: Who may use it.
        counts: What the dashboard shows; None without one.

    Attributes:
        is_draining: Whether the server is about to stop and takes no new requests.
        n_open: Requests for scores, and messages of streams, that have no answer yet.
    """

    def __init__(
        self,
        config: ServerConfig,
        scorer: BatchingScorer,
        metrics: ServerMetrics,
        keys: KeyStore,
        counts: EmotionCounts | None = None,
    ) -> None:
        self.config = config
        self.scorer = scorer
        self.metrics = metrics
        self.keys = keys
        self.counts = counts
        self.is_draining = False
        self.n_open = 0

    def check_ready(self) -> None:
        """Refuse work that would not be done.

        Raises:
            UnavailableError: If the server stops or the model does not answer.
        """
        if self.is_draining:
            raise UnavailableError("The server is stopping. Send the request to another one.")
        if self.scorer.state is not EngineState.READY:
            raise UnavailableError(
                f"The model is {self.scorer.state}. GET /health says when it is ready."
            )

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count a request, or a stream's message, from its acceptance to its answer.

        Raises:
            UnavailableError: If the server stops or the model does not answer.
            OverloadedError: If there are too many already.
            RateLimitedError: If there are too many of the client's key.
        """
        self.check_ready()
        self.keys.refresh()  # of a stream, the key may have been taken back
        if self.n_open >= self.config.max_concurrent_requests:
            raise OverloadedError(
                f"Expected at most {self.config.max_concurrent_requests} requests at a time, found "
                "more. Send the request again after the time that Retry-After says."
            )
        with current_usage().request():
            self.n_open += 1
            try:
                yield
            finally:
                self.n_open -= 1

    def check_texts(self, texts: Sequence[str]) -> None:
        """Refuse too many or too long texts, and more than the client's key allows a minute.

        Raises:
            ValidationError: If a limit is exceeded.
            RateLimitedError: If it is one of the key.
        """
        if len(texts) > self.config.max_texts:
            raise ValidationError(
                f"Expected at most {self.config.max_texts} texts, found {len(texts)}. "
                "Send several requests."
            )
        longest = max(map(len, texts), default=0)
        if longest > self.config.max_chars:
            raise ValidationError(
                f"Expected texts of at most {self.config.max_chars} characters, found one of "
                f"{longest}. Cut it; the model reads "
                f"{self.scorer.artifact.config.max_length} tokens."
            )
        current_usage().count_texts(len(texts))

    async def score(self, request: Request, texts: Sequence[str]) -> Scores:
        """Score the texts of a request, unless its client goes first.

        Raises:
            ServingError: If a limit is exceeded or the model fails.
        """
        self.check_texts(texts)
        current_usage().count_inputs(len(texts))
        with _watched(request) as client_gone:
            return await self.scorer.score(texts, client_gone)

    async def score_sentences(self, request: Request, sentences: Sequence[str]) -> Scores:
        """Score the sentences of a request in portions, so that others get their turn.

        Raises:
            ServingError: If the model is busy or fails.
        """
        parts = await self._in_portions(request, sentences, _PORTION, self.scorer.score)
        return Scores(
            np.concatenate([part.logits for part in parts]),
            [tokens for part in parts for tokens in part.tokenized],
        )

    async def score_copies(self, request: Request, copies: Sequence[TokenizedText]) -> FloatArray:
        """Score copies of a text in portions, so that others get their turn.

        Returns:
            Logits, float32 of shape (n_copies, n_labels).

        Raises:
            ServingError: If the model is busy or fails.
        """
        parts = await self._in_portions(request, copies, _COPIES_AT_ONCE, self.scorer.score_copies)
        return np.concatenate([part.logits for part in parts])

    async def _in_portions(
        self,
        request: Request,
        items: Sequence[_Item],
        most: int,
        score: Callable[[Sequence[_Item], asyncio.Future[None]], Awaitable[Scores]],
    ) -> list[Scores]:
        current_usage().count_inputs(len(items))
        portion = min(most, self.config.max_queue_texts)
        with _watched(request) as client_gone:
            return [
                await score(items[start : start + portion], client_gone)
                for start in range(0, max(1, len(items)), portion)
            ]


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
