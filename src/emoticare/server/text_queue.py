"""Texts that wait for the model, whose turn it is, and how batches are cut by a token budget."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice

import numpy as np

from emoticare.model.config import ModelConfig
from emoticare.server.claims import NOBODYS, Claim, Priority
from emoticare.server.errors import OverloadedError
from emoticare.server.turns import Turns
from emoticare.stages.batches import cut_batches
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import Readable
from emoticare.stages.tokens import TokenizedText

# Texts among which neighbours of like length are sought: some full batches of short ones.
_WINDOW = 256
# Texts that are tokenized at once; others wait for them.
_PORTION = 64


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says about the texts of a request.

    Attributes:
        outputs: Calibrated logits of all labels, and then of all risks that the model tells of,
            float32 of shape (n_texts, n_outputs).
        n_labels: Labels of the model.
        tokenized: What was read of each text.
        warnings: Of each text; empty for sentences and copies.
    """

    outputs: FloatArray
    n_labels: int
    tokenized: Sequence[TokenizedText]
    warnings: Sequence[list[str]] = ()

    @property
    def logits(self) -> FloatArray:
        """Those of the labels, of shape (n_texts, n_labels)."""
        return self.outputs[:, : self.n_labels]

    def first(self) -> "Scores":
        """Return those of the first text alone."""
        return Scores(self.outputs[:1], self.n_labels, self.tokenized[:1], self.warnings[:1])


class ScoringJob:
    """The texts of one request on their way through the model.

    Args:
        texts: Clean texts, alone or in context, at least one; none where their tokens are given.
        model: What the model's config.json says.
        tokenized: Their tokens, where they are known: of copies of a text, which count for nothing.
        claim: Whose they are, and how urgent.
        n_counted: How many of the texts, from the first, show in counts of texts; None for all. The
            others are texts that were counted before and are read in another way.

    Attributes:
        future: Gets the `Scores`, or an error, exactly once.
        tokenized: The tokens of its texts, as far as they are known.
        warnings: Of each of those; empty for copies.
        submitted_s: When the job came, on the clock of `time.monotonic`.
        n_texts: Texts there are.
        n_counted: How many of them, from the first, are counted as texts of a client.
        n_taken: Texts that were taken to be tokenized.
        ready: Texts that have tokens and are in no batch yet.
        n_ready_tokens: Tokens of those.
        n_waiting: Texts that are in no batch yet.
        n_unscored: Texts that have no scores yet.
        is_dropped: Whether nobody waits for the answer any more.
    """

    def __init__(
        self,
        texts: Sequence[Readable],
        model: ModelConfig,
        tokenized: Sequence[TokenizedText] = (),
        claim: Claim = NOBODYS,
        n_counted: int | None = None,
    ) -> None:
        self.texts = texts
        self.claim = claim
        self.n_texts: int = len(tokenized) or len(texts)
        self.n_counted: int = len(texts) if n_counted is None else n_counted
        self.future: asyncio.Future[Scores] = asyncio.get_running_loop().create_future()
        self.submitted_s: float = time.monotonic()
        self.tokenized: list[TokenizedText] = list(tokenized)
        self.warnings: list[list[str]] = []
        self.outputs: FloatArray = np.empty((self.n_texts, len(model.outputs)), np.float32)
        self._n_labels = len(model.labels)
        self.n_taken = 0
        self.ready: deque[QueuedText] = deque()
        self.n_ready_tokens = 0
        self.n_waiting: int = self.n_texts
        self.n_unscored: int = self.n_texts
        self.is_dropped = False

    def settle(self, error: Exception | None = None) -> None:
        """Answer the job, on its event loop; a job that was answered or dropped stays so."""
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.scores())

    def scores(self) -> Scores:
        """Return what is known of its texts."""
        return Scores(self.outputs, self._n_labels, self.tokenized, self.warnings)


@dataclass(frozen=True, slots=True)
class QueuedText:
    """A text of a job.

    Attributes:
        job: Where its scores belong.
        position: Its row there.
        n_tokens: Tokens it has.
    """

    job: ScoringJob
    position: int
    n_tokens: int

    @property
    def is_counted(self) -> bool:
        """Whether it is a text of a client, and no copy made here."""
        return self.position < self.job.n_counted


@dataclass(frozen=True, slots=True)
class Portion:
    """Some texts of a job, to be tokenized.

    Attributes:
        job: Where they belong.
        texts: The texts, those that follow the ones taken before.
    """

    job: ScoringJob
    texts: Sequence[Readable]


class _Lane:
    """What waits with one priority; the queue holds the lock."""

    def __init__(self, lock: threading.Lock) -> None:
        self.has_texts = threading.Condition(lock)
        self.jobs: set[ScoringJob] = set()
        self.n_texts = 0
        self.n_tokens = 0
        self._to_tokenize: Turns[ScoringJob] = Turns()
        self._to_score: Turns[ScoringJob] = Turns()
        self._is_crowded = False

    def put(self, job: ScoringJob) -> None:
        self.jobs.add(job)
        self.n_texts += job.n_texts
        if job.tokenized:
            self.make_ready(job, job.tokenized)
        else:
            self._to_tokenize.add(job.claim.client, job)

    def drop(self, job: ScoringJob) -> None:
        job.is_dropped = True
        self.jobs.discard(job)
        self.n_texts -= job.n_waiting
        self.n_tokens -= job.n_ready_tokens
        job.ready.clear()
        self._to_tokenize.remove(job.claim.client, job)
        self._to_score.remove(job.claim.client, job)

    def take_portions(self) -> list[Portion]:
        portions: list[Portion] = []
        room = _PORTION
        while room and self._to_tokenize:
            job = self._to_tokenize.first()
            self._to_tokenize.advance()
            texts = job.texts[job.n_taken : job.n_taken + room]
            portions.append(Portion(job, texts))
            room -= len(texts)
            job.n_taken += len(texts)
            if job.n_taken == job.n_texts:
                self._to_tokenize.remove(job.claim.client, job)
        return portions

    def make_ready(self, job: ScoringJob, tokenized: Sequence[TokenizedText]) -> None:
        start = job.n_texts - job.n_waiting + len(job.ready)
        texts = [
            QueuedText(job, start + i, len(text.input_ids)) for i, text in enumerate(tokenized)
        ]
        if not job.ready:
            self._to_score.add(job.claim.client, job)
        job.ready.extend(texts)
        self._count_tokens(job, sum(text.n_tokens for text in texts))
        self.has_texts.notify_all()

    def wait_s(self, batch_tokens: int, batch_wait_s: float) -> float | None:
        """Return how long the next batch should wait yet; None if there is no text for it."""
        if not self._to_score:
            return None
        if not self._is_crowded or self.n_tokens >= batch_tokens:
            return 0.0
        return self._to_score.first().submitted_s + batch_wait_s - time.monotonic()

    def cut(self, batch_tokens: int) -> list[QueuedText]:
        """Take a batch: the first text of the job whose turn it is, and others of like length."""
        window = list(islice(chain.from_iterable(job.ready for job in self._to_score), _WINDOW))
        batches = cut_batches([text.n_tokens for text in window], batch_tokens)
        chosen = next(set(batch.tolist()) for batch in batches if 0 in batch)
        self._to_score.advance()
        for job, texts in groupby(enumerate(window), key=lambda item: item[1].job):
            self._take(job, [(text, i in chosen) for i, text in texts])
        batch = [window[i] for i in sorted(chosen)]
        self._is_crowded = any(text.job is not batch[0].job for text in batch)
        return batch

    def _take(self, job: ScoringJob, texts: Sequence[tuple[QueuedText, bool]]) -> None:
        """Take the chosen ones of a job's first texts."""
        taken = [text for text, is_chosen in texts if is_chosen]
        if not taken:
            return
        for _ in texts:
            job.ready.popleft()
        job.ready.extendleft(text for text, is_chosen in reversed(texts) if not is_chosen)
        job.n_waiting -= len(taken)
        self.n_texts -= len(taken)
        self._count_tokens(job, -sum(text.n_tokens for text in taken))
        if not job.ready:
            self._to_score.remove(job.claim.client, job)
        if not job.n_waiting:
            self.jobs.remove(job)

    def _count_tokens(self, job: ScoringJob, n_tokens: int) -> None:
        job.n_ready_tokens += n_tokens
        self.n_tokens += n_tokens


class TextQueue:
    """Jobs to tokenize, and then their texts to score; safe between threads.

    Jobs of either priority take turns among themselves: client by client, and the requests of a
    client one by one. A turn is a portion to tokenize, and a batch to score.

    Args:
        max_texts: Most texts of either priority.
        batch_tokens: Most tokens of a batch, padding included; a longer text is a batch alone.
        batch_wait_s: Longest that texts wait for company.
    """

    def __init__(self, max_texts: int, batch_tokens: int, batch_wait_s: float) -> None:
        self._max_texts = max_texts
        self._batch_tokens = batch_tokens
        self._batch_wait_s = batch_wait_s
        lock = threading.Lock()
        self._has_jobs = threading.Condition(lock)
        self._lanes = {priority: _Lane(lock) for priority in Priority}
        self._next_lanes = deque(self._lanes.values())
        self._is_closed = False

    def __len__(self) -> int:
        """Return how many texts wait."""
        return sum(lane.n_texts for lane in self._lanes.values())

    def put(self, job: ScoringJob) -> None:
        """Add a job.

        Raises:
            OverloadedError: If its texts would be too many.
        """
        lane = self._lanes[job.claim.priority]
        with self._has_jobs:
            if lane.n_texts + job.n_texts > self._max_texts:
                raise OverloadedError(
                    f"Expected at most {self._max_texts} texts to wait for the model, found more. "
                    "Send the request again after the time that Retry-After says."
                )
            lane.put(job)
            self._has_jobs.notify()

    def drop(self, job: ScoringJob) -> None:
        """Take back the texts of a job that are in no batch yet."""
        with self._has_jobs:
            if not job.is_dropped:
                self._lanes[job.claim.priority].drop(job)

    def take_portions(self) -> list[Portion] | None:
        """Wait for texts to tokenize and return some; None once the queue is closed.

        The priorities take turns, so that neither keeps the other waiting.
        """
        with self._has_jobs:
            while not self._is_closed:
                for lane in self._next_lanes:
                    if portions := lane.take_portions():
                        self._next_lanes.remove(lane)
                        self._next_lanes.append(lane)
                        return portions
                self._has_jobs.wait()
            return None

    def put_tokenized(
        self,
        portions: Sequence[Portion],
        tokenized: Sequence[TokenizedText],
        warnings: Sequence[list[str]],
    ) -> None:
        """Queue texts that have been tokenized.

        Args:
            portions: What `take_portions` gave.
            tokenized: The tokens of all their texts.
            warnings: Of each text.
        """
        start = 0
        with self._has_jobs:
            for portion in portions:
                job, end = portion.job, start + len(portion.texts)
                if not job.is_dropped:
                    job.tokenized += tokenized[start:end]
                    job.warnings += warnings[start:end]
                    self._lanes[job.claim.priority].make_ready(job, tokenized[start:end])
                start = end

    def take_batch(self, priority: Priority) -> list[QueuedText] | None:
        """Wait for texts and return a batch of them; None once the queue is closed.

        The first text of the job whose turn it is is always in it; its neighbours are of like
        length. A batch of one job follows at once; where several came together before, it waits a
        little for company.
        """
        lane = self._lanes[priority]
        with lane.has_texts:
            while not self._is_closed:
                wait_s = lane.wait_s(self._batch_tokens, self._batch_wait_s)
                if wait_s is not None and wait_s <= 0:
                    return lane.cut(self._batch_tokens)
                lane.has_texts.wait(wait_s)
            return None

    def close(self) -> list[ScoringJob]:
        """Wake all who wait, and return the jobs that have texts in no batch."""
        with self._has_jobs:
            self._is_closed = True
            self._has_jobs.notify_all()
            for lane in self._lanes.values():
                lane.has_texts.notify_all()
            return [job for lane in self._lanes.values() for job in lane.jobs]
