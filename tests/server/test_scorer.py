import asyncio
import threading
from contextlib import asynccontextmanager

import numpy as np
import pytest

from emoticare.server.claims import Claim, Priority
from emoticare.server.config import ServerConfig
from emoticare.server.errors import (
    ClientGoneError,
    EngineError,
    OverloadedError,
    UnavailableError,
)
from emoticare.server.metrics import ServerMetrics
from emoticare.server.scorer import BatchingScorer, EngineState
from emoticare.server.text_queue import QueuedText

TEXTS = ["so happy", "i hate it", "what a day and night", "", "thanks " * 60, "no"]


@asynccontextmanager
async def started(classifier, make_classifier=None, **options):
    metrics = ServerMetrics(classifier.labels, "0", "0")
    scorer = BatchingScorer(
        classifier, make_classifier or (lambda: classifier), ServerConfig(**options), metrics
    )
    try:
        await scorer.start()
        yield scorer
    finally:
        await scorer.stop()


def nobody_goes():
    return asyncio.get_running_loop().create_future()


async def held(gate, n=1):
    while gate.n_held < n:
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("workers", [1, 3])
def test_many_requests_get_their_own_scores(tiny, workers):
    async def run():
        async with started(tiny, workers=workers, batch_tokens=64) as scorer:
            requests = [[TEXTS[(i + j) % len(TEXTS)] for j in range(i % 7)] for i in range(200)]
            answers = await asyncio.gather(*(scorer.score(r, nobody_goes()) for r in requests))
            for texts, scores in zip(requests, answers, strict=True):
                np.testing.assert_array_equal(scores.logits, tiny.predict_logits(texts))
                assert [t.input_ids for t in scores.tokenized] == [
                    t.input_ids for t in tiny.tokenize(texts)
                ]

    asyncio.run(run())


class WatchedJob:
    """A job of two texts that knows in which thread, and how, its counts are changed."""

    def __init__(self, lock):
        self._lock = lock
        self._n_unscored = 2
        self.was_locked = []

    @property
    def n_unscored(self):
        return self._n_unscored

    @n_unscored.setter
    def n_unscored(self, n):
        self.was_locked.append(self._lock.locked())
        self._n_unscored = n


def test_batches_that_run_at_a_time_count_one_after_the_other(tiny):
    metrics = ServerMetrics(tiny.labels, "0", "0")
    scorer = BatchingScorer(tiny, lambda: tiny, ServerConfig(), metrics)
    job = WatchedJob(scorer._counting)
    assert scorer._completed([QueuedText(job, 0, 3)]) == []
    assert scorer._completed([QueuedText(job, 1, 3)]) == [job]
    assert job.was_locked == [True, True]


def test_requests_share_batches_and_large_ones_are_split(scripted, gate):
    async def run():
        async with started(scripted, batch_tokens=64) as scorer:
            scripted.batches.clear()
            scripted.before = gate
            first = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
            others = [asyncio.ensure_future(scorer.score(["yes"], nobody_goes())) for _ in range(9)]
            large = asyncio.ensure_future(scorer.score(["yes"] * 100, nobody_goes()))
            while scorer._queue._lanes[Priority.NORMAL].n_tokens < 109 * 3:
                await asyncio.sleep(0.001)
            gate.is_open.set()
            await asyncio.gather(first, large, *others)
            sizes = [len(batch) for batch in scripted.batches]
            assert sizes[:2] == [1, 21]
            assert sum(sizes) == 110
            assert max(sizes) == 21

    asyncio.run(run())


def test_no_text_waits_for_a_batch_of_low_priority(scripted, gate):
    def hold_full_batches(batch):
        if len(batch) > 1:
            gate(batch)

    async def run():
        async with started(scripted, batch_tokens=64) as scorer:
            scripted.before = hold_full_batches
            low = Claim("bulk", Priority.LOW)
            large = asyncio.ensure_future(scorer.score(["yes"] * 100, nobody_goes(), low))
            await held(gate)
            for _ in range(3):
                assert (await scorer.score(["no"], nobody_goes())).logits.shape == (1, 28)
            assert not large.done()
            gate.is_open.set()
            scores = await large
            np.testing.assert_array_equal(scores.logits, scripted.predict_logits(["yes"] * 100))

    asyncio.run(run())


def test_clients_of_one_priority_take_turns(scripted, gate):
    async def run():
        async with started(scripted, batch_tokens=64) as scorer:
            scripted.before = gate
            first = asyncio.ensure_future(scorer.score(["yes"], nobody_goes()))
            await held(gate)
            scripted.batches.clear()
            requests = [(["yes"] * 100, "a"), (["yes"] * 100, "a"), (["thanks " * 6] * 9, "b")]
            answers = [
                asyncio.ensure_future(scorer.score(texts, nobody_goes(), Claim(client)))
                for texts, client in requests
            ]
            await asyncio.sleep(0)
            waiting = scorer._queue._lanes[Priority.NORMAL].jobs
            assert len(waiting) == len(answers)
            while any(len(job.tokenized) < job.n_texts for job in waiting):
                await asyncio.sleep(0.001)
            gate.is_open.set()
            await asyncio.gather(first, *answers)
            assert sum(map(len, scripted.batches)) == 209
            # The second client's texts, of another length, are in the second batch.
            assert len({len(batch[0].input_ids) for batch in scripted.batches[:2]}) == 2

    asyncio.run(run())


def test_a_full_queue_and_a_long_wait_are_refused(scripted, gate):
    async def run():
        async with started(
            scripted, max_texts=5, max_queue_texts=5, queue_timeout_s=0.1, batch_tokens=8
        ) as scorer:
            scripted.before = gate
            running = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
            waiting = asyncio.ensure_future(scorer.score(["no"] * 5, nobody_goes()))
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                await scorer.score(["no"], nobody_goes())
            with pytest.raises(UnavailableError, match=r"within 0\.1 s"):
                await waiting
            assert len(scorer._queue) == 0
            gate.is_open.set()
            assert (await running).logits.shape == (1, 28)

    asyncio.run(run())


def test_the_work_of_a_client_that_has_gone_is_dropped(scripted, gate):
    async def run():
        async with started(scripted) as scorer:
            scripted.before = gate
            running = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
            gone = nobody_goes()
            waiting = asyncio.ensure_future(scorer.score(["yes"] * 7, gone))
            await asyncio.sleep(0)
            gone.set_result(None)
            with pytest.raises(ClientGoneError):
                await waiting
            n_batches = len(scripted.batches)
            gate.is_open.set()
            await running
            await scorer.score(["no"], nobody_goes())
            assert [len(batch) for batch in scripted.batches[n_batches:]] == [1]

    asyncio.run(run())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_crash_fails_its_requests_turns_red_and_recovers(scripted, workers):
    broken, may_recover = threading.Event(), threading.Event()

    def crash(_):
        if broken.is_set():
            raise RuntimeError("so happy")

    def make():
        assert may_recover.wait(30)
        if broken.is_set():
            broken.clear()
            raise OSError("not yet")
        return scripted

    async def run():
        async with started(scripted, make, workers=workers) as scorer:
            scripted.before = crash
            assert scorer.state is EngineState.READY
            broken.set()
            failures = await asyncio.gather(
                *(scorer.score(["no"], nobody_goes()) for _ in range(20)), return_exceptions=True
            )
            assert {type(failure) for failure in failures} <= {EngineError, UnavailableError}
            assert EngineError in {type(failure) for failure in failures}
            assert scorer.state is EngineState.FAILED
            with pytest.raises(UnavailableError, match="recovering"):
                await scorer.score(["no"], nobody_goes())
            may_recover.set()
            while scorer.state is not EngineState.READY:
                await asyncio.sleep(0.01)
            assert (await scorer.score(["no"], nobody_goes())).logits.shape == (1, 28)

    asyncio.run(run())


def test_a_crash_during_the_stop_fails_its_requests_once(scripted, gate, caplog):
    n_loads = 0

    def crash(batch):
        gate(batch)
        raise RuntimeError

    def make():
        nonlocal n_loads
        n_loads += 1
        return scripted

    async def run():
        async with started(scripted, make) as scorer:
            scripted.before = crash
            running = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
            asyncio.get_running_loop().call_later(0.05, gate.is_open.set)
        with pytest.raises(EngineError):
            await running
        assert not any(thread.is_alive() for thread in scorer._threads)
        assert scorer.state is EngineState.STOPPED

    asyncio.run(run())
    assert n_loads == 0
    assert [record.getMessage() for record in caplog.records] == ["the model failed"]


def test_a_stop_ends_the_recovery_from_a_crash(scripted):
    def crash(_):
        raise RuntimeError

    async def run():
        async with started(scripted, lambda: scripted) as scorer:
            scripted.before = crash
            with pytest.raises(EngineError):
                await scorer.score(["no"], nobody_goes())
            assert scorer.state is EngineState.FAILED
        assert not any(thread.is_alive() for thread in scorer._threads)
        assert scorer.state is EngineState.STOPPED

    asyncio.run(run())


def test_a_batch_that_outlasts_the_stop_ends_quietly(scripted, gate, monkeypatch):
    monkeypatch.setattr("emoticare.server.scorer._STOPPING_S", 0.01)
    threads = []

    async def run():
        async with started(scripted) as scorer:
            threads.extend(scorer._threads)
            scripted.before = gate
            running = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
        running.cancel()

    asyncio.run(run())
    gate.is_open.set()
    for thread in threads:
        thread.join(10)  # what a thread raises fails the test
        assert not thread.is_alive()


def test_a_model_that_never_answered_does_not_start(scripted):
    def crash(_):
        raise RuntimeError

    async def run():
        scripted.before = crash
        async with started(scripted):
            pass

    with pytest.raises(EngineError):
        asyncio.run(run())


def test_stopping_refuses_what_waits(scripted, gate):
    async def run():
        async with started(scripted) as scorer:
            scripted.before = gate
            running = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await held(gate)
            waiting = asyncio.ensure_future(scorer.score(["no"], nobody_goes()))
            await asyncio.sleep(0.05)
            asyncio.get_running_loop().call_later(0.1, gate.is_open.set)
        assert (await running).logits.shape == (1, 28)
        with pytest.raises(UnavailableError):
            await waiting

    asyncio.run(run())
