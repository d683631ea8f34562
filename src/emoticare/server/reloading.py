"""New settings for a running server: each request ends with those that it began with."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoticare._version import __version__
from emoticare.classifier import EmotionClassifier
from emoticare.errors import EmoticareError
from emoticare.model.artifact import ModelArtifact
from emoticare.server.app import make_app
from emoticare.server.config import ServerConfig
from emoticare.server.logs import log_fields
from emoticare.server.scorer import BatchingScorer
from emoticare.server.service import Service
from emoticare.server.telemetry import NoTracing, Tracing

ReadSettings = Callable[[], tuple[ServerConfig, ModelArtifact]]
"""Reads what may have changed: keys and policy, and the model's thresholds and calibration."""

NOT_RELOADED: Final = "settings not reloaded, the former ones stay"
"""What the log says when a file is bad."""

_logger = logging.getLogger("emoticare.server")


@dataclass
class _Generation:
    service: Service
    app: ASGIApp
    n_open: int = 0


class ReloadableApp:
    """The application of the present settings.

    A reload makes another one beside it, with a queue of its own, and the same model in memory. The
    former one answers what it has begun, open streams included, and then ends. Both know the same
    keys, so that what was used of a limit counts on, and a key that was taken back is of no more
    use to a stream.

    Args:
        service: The parts of the server.
        tracing: Where spans of requests go.
        make_classifier: Loads the model, should it fail.
        read: Reads the settings again.
    """

    def __init__(
        self,
        service: Service,
        tracing: Tracing | NoTracing,
        make_classifier: Callable[[], EmotionClassifier],
        read: ReadSettings,
    ) -> None:
        self._tracing = tracing
        self._make_classifier = make_classifier
        self._read = read
        self._first = self._present = _Generation(service, make_app(service, tracing))
        self._is_wanted = False
        self._reloading: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        generation = self._present
        generation.n_open += 1
        try:
            await generation.app(scope, receive, send)
        finally:
            generation.n_open -= 1
            self._end_if_done(generation)

    def reload(self) -> None:
        """Read the settings again and go by them, if they are good; the log says so."""
        self._is_wanted = True
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.create_task(self._reload_while_wanted())

    async def _reload_while_wanted(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            try:
                await self._reload()
            except EmoticareError as error:
                _logger.error("%s: %s", NOT_RELOADED, error)
            except Exception as error:
                _logger.error(NOT_RELOADED, exc_info=error)

    async def _reload(self) -> None:
        former = self._present
        # Files may be slow, and making the routes would hold up requests for a moment.
        present = await asyncio.to_thread(self._make, former.service)
        scorer, keys = present.service.scorer, present.service.keys
        await keys.reload_beside()
        try:
            await scorer.start()
        except EmoticareError:
            await scorer.stop()
            raise
        self._present = present
        keys.change_unnamed(present.service.config.api_keys)
        self._end_if_done(former)
        config, digest = present.service.config, scorer.artifact.digest
        present.service.metrics.describe(__version__, digest)
        fields = {
            "api_keys": keys.n_keys,
            "policy": config.policy.name if config.policy else "default",
            "model": digest,
        }
        log_fields(_logger, "settings reloaded", fields)

    def _make(self, former: Service) -> _Generation:
        config, artifact = self._read()
        classifier = former.scorer.classifier.with_artifact(artifact)
        scorer = BatchingScorer(
            classifier,
            lambda: self._make_classifier().with_artifact(artifact),
            config,
            former.metrics,
            former.counts,
        )
        service = Service(
            config, scorer, former.metrics, former.keys, former.counts, traffic=former.traffic
        )
        return _Generation(service, make_app(service, self._tracing))

    def _end_if_done(self, generation: _Generation) -> None:
        if generation is not self._present and not generation.n_open:
            task = asyncio.create_task(generation.service.scorer.stop())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_and_stop() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._present.service.scorer.stop()
            return message

        await self._first.app(scope, receive_and_stop, send)
