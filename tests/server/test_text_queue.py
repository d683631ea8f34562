import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.server.errors import OverloadedError
from emoticare.server.text_queue import ScoringJob, TextQueue
from emoticare.stages.tokens import TokenizedText

N_LABELS = 2
SIZES = st.lists(st.lists(st.integers(1, 100), min_size=1, max_size=30), min_size=1, max_size=30)


def make_jobs(sizes: list[list[int]]) -> list[ScoringJob]:
    async def make() -> list[ScoringJob]:
        return [ScoringJob([""] * len(lengths), N_LABELS) for lengths in sizes]

    jobs = asyncio.run(make())
    for job, lengths in zip(jobs, sizes, strict=True):
        job.tokenized = [TokenizedText([1] * n, truncated=False) for n in lengths]
    return jobs


def filled(queue: TextQueue, jobs: list[ScoringJob]) -> TextQueue:
    for job in jobs:
        queue.put(job)
    assert queue.take_jobs() == jobs
    queue.put_tokenized(jobs)
    return queue


@given(sizes=SIZES, budget=st.integers(1, 300))
def test_every_text_is_in_one_batch_and_batches_keep_the_budget(sizes, budget):
    jobs = make_jobs(sizes)
    queue = filled(TextQueue(10_000, budget, 0.0), jobs)
    seen = []
    left = [(job, i) for job in jobs for i in range(len(job.texts))]
    while len(queue):
        batch = queue.take_batch()
        lengths = [text.n_tokens for text in batch]
        assert len(batch) == 1 or max(lengths) * len(batch) <= budget
        places = [(text.job, text.position) for text in batch]
        assert left[0] in places, "the oldest text must never wait for a later batch"
        left = [place for place in left if place not in places]
        seen += places
    assert left == []
    assert len(seen) == len(set(seen)) == sum(map(len, sizes))
    assert all(job.n_waiting == 0 for job in jobs)
    assert queue._n_tokens == 0


@given(sizes=SIZES, dropped=st.sets(st.integers(0, 29)), early=st.booleans())
def test_dropped_jobs_are_in_no_batch_and_take_no_room(sizes, dropped, early):
    jobs = make_jobs(sizes)
    queue = filled(TextQueue(10_000, 64, 0.0), jobs)
    batches = [] if early else [queue.take_batch()]
    for i in dropped:
        if i < len(jobs):
            queue.drop(jobs[i])
            queue.drop(jobs[i])
    alive = [job for job in jobs if not job.is_dropped]
    assert len(queue) == sum(job.n_waiting for job in alive)
    while len(queue):
        batches.append(queue.take_batch())
        assert not any(text.job.is_dropped for text in batches[-1])
    assert all(job.n_waiting == 0 for job in alive)


def test_a_full_queue_refuses():
    first, second, third = make_jobs([[1] * 3, [1] * 3, [1]])
    queue = TextQueue(4, 64, 0.0)
    queue.put(first)
    with pytest.raises(OverloadedError) as refused:
        queue.put(second)
    assert refused.value.headers["Retry-After"]
    queue.put(third)
    queue.drop(first)
    queue.put(second)
    assert queue.take_jobs() == [third, second]


def test_a_lone_request_never_waits_for_company_but_a_crowd_does():
    jobs = make_jobs([[4], [4], [4], [4]])
    queue = TextQueue(100, 64, batch_wait_s=0.2)
    now = jobs[0].submitted_s
    filled(queue, jobs[:1])
    assert queue._wait_s() <= 0
    assert len(queue.take_batch()) == 1
    filled(queue, jobs[1:3])
    assert len(queue.take_batch()) == 2
    jobs[3].submitted_s = now + 1000
    filled(queue, jobs[3:])
    assert queue._wait_s() > 0


def test_a_closed_queue_gives_nothing_more_and_says_what_is_left():
    jobs = make_jobs([[1], [1, 1]])
    queue = filled(TextQueue(100, 64, 0.0), jobs[:1])
    queue.put(jobs[1])
    assert set(queue.close()) == set(jobs)
    assert queue.take_jobs() is None
    assert queue.take_batch() is None
