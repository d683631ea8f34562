"""Texts that wait for the model, and how they are cut into batches by a token budget."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.server.errors import OverloadedError
from emoticare.stages.batches import cut_batches
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TokenizedText

# Texts among which neighbours of like length are sought: some full batches of short ones.
_WINDOW = 256


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says about the texts of a request.

    Attributes:
        logits: Calibrated logits, float32 of shape (n_texts, n_labels).
        tokenized: What was read of each text.
        warnings: Of each text; empty for sentences and copies.
    """

    logits: FloatArray
    tokenized: Sequence[TokenizedText]
    warnings: Sequence[list[str]] = ()


class ScoringJob:
    """The texts of one request on their way through the model.

    Args:
        texts: Clean texts, at least one; none where their tokens are given.
        n_labels: Labels of the model.
        tokenized: Their tokens, where they are known: of copies of a text, which count for nothing.

    Attributes:
        future: Gets the `Scores`, or an error, exactly once.
        tokenized: The tokens of its texts, once they are known.
        warnings: Of each of its texts, once their tokens are known; empty for copies.
        submitted_s: When the job came, on the clock of `time.monotonic`.
        n_texts: Texts there are.
        is_counted: Whether they are texts of a client, and no copies made here.
        n_waiting: Texts that are in no batch yet.
        n_unscored: Texts that have no scores yet.
        is_dropped: Whether nobody waits for the answer any more.
    """

    def __init__(
        self, texts: Sequence[str], n_labels: int, tokenized: Sequence[TokenizedText] = ()
    ) -> None:
        self.texts = texts
        self.n_texts = len(tokenized) or len(texts)
        self.is_counted = not tokenized
        self.future: asyncio.Future[Scores] = asyncio.get_running_loop().create_future()
        self.submitted_s = time.monotonic()
        self.tokenized = tokenized
        self.warnings: Sequence[list[str]] = ()
        self.logits = np.empty((self.n_texts, n_labels), np.float32)
        self.n_waiting = self.n_unscored = self.n_texts
        self.is_dropped = False

    def settle(self, error: Exception | None = None) -> None:
        """Answer the job, on its event loop; a job that was answered or dropped stays so."""
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(Scores(self.logits, self.tokenized, self.warnings))


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


class TextQueue:
    """Two queues in a row: jobs to tokenize, and their texts to score; safe between threads.

    Args:
        max_texts: Most texts in both together.
        batch_tokens: Most tokens of a batch, padding included; a longer text is a batch alone.
        batch_wait_s: Longest that texts wait for company.
    """

    def __init__(self, max_texts: int, batch_tokens: int, batch_wait_s: float) -> None:
        self._max_texts = max_texts
        self._batch_tokens = batch_tokens
        self._batch_wait_s = batch_wait_s
        lock = threading.Lock()
        self._has_jobs = threading.Condition(lock)
        self._has_texts = threading.Condition(lock)
        self._jobs: list[ScoringJob] = []
        self._texts: deque[QueuedText] = deque()
        self._n_texts = 0
        self._n_tokens = 0
        self._is_crowded = False
        self._is_closed = False

    def __len__(self) -> int:
        """Return how many texts wait."""
        return self._n_texts

    def put(self, job: ScoringJob) -> None:
        """Add a job.

        Raises:
            OverloadedError: If its texts would be too many.
        """
        with self._has_jobs:
            if self._n_texts + job.n_texts > self._max_texts:
                raise OverloadedError(
                    f"Expected at most {self._max_texts} texts to wait for the model, found more. "
                    "Send the request again after the time that Retry-After says."
                )
            self._n_texts += job.n_texts
            self._jobs.append(job)
            self._has_jobs.notify()

    def drop(self, job: ScoringJob) -> None:
        """Take back the texts of a job that are in no batch yet."""
        with self._has_texts:
            if not job.is_dropped:
                job.is_dropped = True
                self._n_texts -= job.n_waiting

    def take_jobs(self) -> list[ScoringJob] | None:
        """Wait for jobs and return all there are; None once the queue is closed."""
        with self._has_jobs:
            while not self._jobs and not self._is_closed:
                self._has_jobs.wait()
            jobs, self._jobs = self._jobs, []
            return None if self._is_closed else [job for job in jobs if not job.is_dropped]

    def put_tokenized(self, jobs: Sequence[ScoringJob]) -> None:
        """Queue the texts of tokenized jobs."""
        texts = [
            QueuedText(job, position, len(text.input_ids))
            for job in jobs
            for position, text in enumerate(job.tokenized)
        ]
        with self._has_texts:
            self._texts.extend(texts)
            self._n_tokens += sum(text.n_tokens for text in texts)
            self._has_texts.notify_all()

    def take_batch(self) -> list[QueuedText] | None:
        """Wait for texts and return a batch of them; None once the queue is closed.

        The oldest text is always in it; its neighbours are of like length. A batch of one job
        follows at once; where several came together before, it waits a little for company.
        """
        with self._has_texts:
            while not self._is_closed:
                self._forget_dropped()
                if not self._texts:
                    self._has_texts.wait()
                elif (wait_s := self._wait_s()) > 0:
                    self._has_texts.wait(wait_s)
                else:
                    return self._cut()
            return None

    def close(self) -> list[ScoringJob]:
        """Wake all who wait, and return the jobs that were left."""
        with self._has_texts:
            self._is_closed = True
            self._has_jobs.notify_all()
            self._has_texts.notify_all()
            left = [*self._jobs, *(text.job for text in self._texts)]
            return list(dict.fromkeys(left))

    def _forget_dropped(self) -> None:
        while self._texts and self._texts[0].job.is_dropped:
            self._n_tokens -= self._texts.popleft().n_tokens

    def _wait_s(self) -> float:
        if not self._is_crowded or self._n_tokens >= self._batch_tokens:
            return 0.0
        return self._texts[0].job.submitted_s + self._batch_wait_s - time.monotonic()

    def _cut(self) -> list[QueuedText]:
        window = [self._texts.popleft() for _ in range(min(_WINDOW, len(self._texts)))]
        alive = [text for text in window if not text.job.is_dropped]
        batches = cut_batches([text.n_tokens for text in alive], self._batch_tokens)
        chosen = next(set(batch.tolist()) for batch in batches if 0 in batch)
        batch = [text for i, text in enumerate(alive) if i in chosen]
        rest = [text for i, text in enumerate(alive) if i not in chosen]
        self._texts.extendleft(reversed(rest))
        self._n_tokens -= sum(t.n_tokens for t in window) - sum(t.n_tokens for t in rest)
        self._n_texts -= len(batch)
        for text in batch:
            text.job.n_waiting -= 1
        self._is_crowded = any(text.job is not batch[0].job for text in batch)
        return batch
