"""Dynamic batching: many requests share the batches of one classifier, in threads of its own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from emoticare.classifier import EmotionClassifier
from emoticare.server.claims import NOBODYS, Claim, Priority
from emoticare.server.config import ServerConfig
from emoticare.server.dashboard import EmotionCounts
from emoticare.server.errors import ClientGoneError, EngineError, UnavailableError
from emoticare.server.metrics import ServerMetrics
from emoticare.server.text_queue import QueuedText, Scores, ScoringJob, TextQueue
from emoticare.stages.decision import decide, resolve_threshold
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.text import Readable
from emoticare.stages.tokens import TokenizedText

if TYPE_CHECKING:
    from emoticare.model.artifact import ModelArtifact

_PROBE: Final = "A first text, to see that the model answers."
_FIRST_RETRY_S: Final = 0.5
_LAST_RETRY_S: Final = 30.0
_STOPPING_S: Final = 5.0
_FAILED: Final = (
    "The model failed while it scored this request. Send the request again; GET /health says when "
    "the model is ready."
)

_logger = logging.getLogger(__name__)


class EngineState(StrEnum):
    """Whether the model answers."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "recovering from a failure"
    STOPPED = "stopped"


class BatchingScorer:
    """Scores the texts of concurrent requests in shared batches.

    One thread tokenizes what has come, others run batches; the event loop only waits. Batches of
    low priority have threads of their own, so that no other text waits for one of them to end. When
    the classifier fails, the requests of that batch fail, and a new one is made and tried until it
    answers or the server stops.

    Args:
        classifier: What scores texts.
        make_classifier: Makes a new one after a failure.
        config: Limits of the queue and of batches.
        metrics: Where batches are counted.
        counts: Where emotions are counted for the dashboard; None for nowhere.

    Attributes:
        artifact: The model.
        labels: Its labels.
        state: Whether it answers.
    """

    def __init__(
        self,
        classifier: EmotionClassifier,
        make_classifier: Callable[[], EmotionClassifier],
        config: ServerConfig,
        metrics: ServerMetrics,
        counts: EmotionCounts | None = None,
    ) -> None:
        self._make_classifier = make_classifier
        self._classifier = classifier
        self.artifact: ModelArtifact = classifier.artifact
        self.labels: tuple[str, ...] = classifier.labels
        self.state: EngineState = EngineState.STARTING
        self._own_thresholds = resolve_threshold(None, self.labels, self.artifact.config.thresholds)
        self._queue = TextQueue(
            config.max_queue_texts, config.batch_tokens, config.batch_wait_ms / 1000
        )
        self._batch_tokens = config.batch_tokens
        self._queue_timeout_s = config.queue_timeout_s
        self._metrics = metrics
        self._counts = counts
        self._counting = threading.Lock()
        self._recovering = threading.Lock()
        self._changing = threading.Lock()
        self._is_stopped = threading.Event()
        targets: list[Callable[[], None]] = [self._tokenize_texts]
        for priority in Priority:
            targets += [partial(self._run_batches, priority)] * config.workers
        self._threads = [threading.Thread(target=target, daemon=True) for target in targets]

    @property
    def classifier(self) -> EmotionClassifier:
        """What scores texts at present."""
        return self._classifier

    async def start(self) -> None:
        """Start the threads and make a first prediction.

        Raises:
            ServingError: If the model does not answer.
        """
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()
        await self._scores([_PROBE], self._loop.create_future(), NOBODYS)
        self._become(EngineState.READY)
        self._metrics.watch(
            n_waiting=lambda: len(self._queue), is_ready=lambda: self.state is EngineState.READY
        )

    async def stop(self) -> None:
        """End the threads; what still waits is refused."""
        self._become(EngineState.STOPPED)
        self._is_stopped.set()
        for job in self._queue.close():
            job.settle(UnavailableError("The server has stopped. Send the request to another one."))
        for thread in self._threads:
            await asyncio.to_thread(thread.join, _STOPPING_S)

    async def score(
        self,
        texts: Sequence[Readable],
        client_gone: asyncio.Future[None],
        claim: Claim = NOBODYS,
        n_counted: int | None = None,
    ) -> Scores:
        """Score the texts of one request.

        Args:
            texts: Clean texts, alone or in context; there may be none.
            client_gone: Is done once nobody waits for the answer; the work is then dropped.
            claim: Whose the texts are, and how urgent.
            n_counted: As for `ScoringJob`.

        Raises:
            ServingError: If the queue is full, the wait too long, the model fails, or the client
                has gone.
        """
        self._check_ready()
        return await self._scores(texts, client_gone, claim, n_counted)

    async def score_copies(
        self,
        copies: Sequence[TokenizedText],
        client_gone: asyncio.Future[None],
        claim: Claim = NOBODYS,
    ) -> Scores:
        """Score copies of a text, made to explain it; they show in no count of texts.

        Raises:
            ServingError: As for `score`.
        """
        self._check_ready()
        return await self._settled(ScoringJob((), self.artifact.config, copies, claim), client_gone)

    def token_offsets(self, text: Readable) -> list[tuple[int, int]]:
        """Return where each token of a text begins and ends, in the caller's thread.

        Raises:
            EngineError: If the model fails.
        """
        with _as_engine_error():
            return self._classifier.tokenizer.offsets(text)

    def tokenize(self, texts: Sequence[Readable]) -> list[TokenizedText]:
        """Return the tokens of each text, in the caller's thread.

        Raises:
            EngineError: If the model fails.
        """
        with _as_engine_error():
            return self._classifier.tokenize(texts)

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Return the warnings of each text, in the caller's thread.

        Raises:
            EngineError: If the model fails.
        """
        with _as_engine_error():
            return self._classifier.warnings(tokenized)

    def _check_ready(self) -> None:
        if self.state is not EngineState.READY:
            raise UnavailableError(
                f"The model is {self.state}. GET /health says when it is ready again."
            )

    async def _scores(
        self,
        texts: Sequence[Readable],
        client_gone: asyncio.Future[None],
        claim: Claim,
        n_counted: int | None = None,
    ) -> Scores:
        job = ScoringJob(texts, self.artifact.config, claim=claim, n_counted=n_counted)
        if not texts:
            return job.scores()
        return await self._settled(job, client_gone)

    async def _settled(self, job: ScoringJob, client_gone: asyncio.Future[None]) -> Scores:
        self._queue.put(job)
        try:
            await self._wait(job, client_gone)
            return job.future.result()
        finally:
            if not job.future.done():
                self._queue.drop(job)
                job.future.cancel()

    async def _wait(self, job: ScoringJob, client_gone: asyncio.Future[None]) -> None:
        """Wait for the scores, not too long for their turn, and not for a client that has gone."""
        timeout_s: float | None = self._queue_timeout_s
        while not job.future.done():
            done, _ = await asyncio.wait(
                (job.future, client_gone), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if client_gone in done:
                raise ClientGoneError("The client has gone.")
            if not done and job.n_waiting == job.n_texts:
                raise UnavailableError(
                    f"Expected the model to be free within {self._queue_timeout_s:g} s, found it "
                    "busy. Send the request again later."
                )
            timeout_s = None

    def _tokenize_texts(self) -> None:
        while (portions := self._queue.take_portions()) is not None:
            try:
                texts = [text for portion in portions for text in portion.texts]
                tokenized = self._classifier.tokenize(texts)
                # Of all texts at once: alone, a text's warnings cost as much as its tokens.
                warnings = self._classifier.warnings(tokenized)
            except Exception as error:  # noqa: BLE001 - whatever it is, its requests get an answer
                self._fail([portion.job for portion in portions], error)
            else:
                self._queue.put_tokenized(portions, tokenized, warnings)

    def _run_batches(self, priority: Priority) -> None:
        while (batch := self._queue.take_batch(priority)) is not None:
            try:
                self._run(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, its requests get an answer
                self._fail(dict.fromkeys(text.job for text in batch), error)

    def _run(self, batch: Sequence[QueuedText]) -> None:
        start_s = time.monotonic()
        tokenized = [text.job.tokenized[text.position] for text in batch]
        outputs = self._classifier.outputs(tokenized, self._batch_tokens)
        seconds = time.monotonic() - start_s
        for text, row in zip(batch, outputs, strict=True):
            text.job.outputs[text.position] = row
        is_counted = [text.is_counted for text in batch]
        logits = outputs[is_counted, : len(self.labels)]
        decided = decide(sigmoid(logits), self._own_thresholds)
        # The first text is the server's own. Counted before it is answered, a text shows at once.
        if self._counts and self.state is not EngineState.STARTING:
            origins = [text.job.claim.origin for text in batch if text.is_counted]
            self._counts.add(decided, origins)
        self._settle(self._completed(batch))
        self._metrics.count_batch(
            n_tokens=sum(text.n_tokens for text in batch),
            seconds=seconds,
            waits_s=[start_s - text.job.submitted_s for text in batch],
            predicted=dict(zip(self.labels, decided.sum(axis=0).tolist(), strict=True)),
        )

    def _completed(self, batch: Iterable[QueuedText]) -> list[ScoringJob]:
        completed = []
        with self._counting:  # batches that run at a time may share a job
            for text in batch:
                text.job.n_unscored -= 1
                if not text.job.n_unscored:
                    completed.append(text.job)
        return completed

    def _fail(self, jobs: Iterable[ScoringJob], error: Exception) -> None:
        self._become(EngineState.FAILED)
        _logger.error("the model failed", exc_info=error)
        jobs = list(jobs)
        for job in jobs:
            self._queue.drop(job)
        self._settle(jobs, EngineError(_FAILED))
        self._recover()

    def _settle(self, jobs: Sequence[ScoringJob], error: Exception | None = None) -> None:
        def settle() -> None:
            for job in jobs:
                job.settle(error)

        # Of a batch that outlasts the stop, nobody waits for an answer, and the loop is closed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)

    def _recover(self) -> None:
        """Make new classifiers until one answers or the server stops."""
        with self._recovering:
            retry_s = _FIRST_RETRY_S
            while self.state is EngineState.FAILED:
                try:
                    classifier = self._make_classifier()
                    classifier.predict_logits([_PROBE])
                except Exception as error:
                    _logger.error("the model failed to recover", exc_info=error)
                    self._is_stopped.wait(retry_s)
                    retry_s = min(2 * retry_s, _LAST_RETRY_S)
                else:
                    self._classifier = classifier
                    self._become(EngineState.READY)
                    _logger.info("the model is %s", self.state)

    def _become(self, state: EngineState) -> None:
        """Change the state; once stopped, it stays so."""
        with self._changing:
            if self.state is not EngineState.STOPPED:
                self.state = state


@contextmanager
def _as_engine_error() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _logger.error("the model failed", exc_info=error)
        raise EngineError(_FAILED) from None
