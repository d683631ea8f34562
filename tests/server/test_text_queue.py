import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from emoticare.model.config import ModelConfig
from emoticare.server.claims import NOBODYS, Claim, Priority
from emoticare.server.errors import OverloadedError
from emoticare.server.text_queue import Portion, QueuedText, ScoringJob, TextQueue
from emoticare.stages.decision import Thresholds
from emoticare.stages.tokens import TokenizedText

MODEL = ModelConfig(("joy", "grief"), 128, 2, Thresholds(0.5, {"joy": 0.5, "grief": 0.5}), {})
NORMAL, LOW = Priority
CLIENTS = "abcd"
SIZES = st.lists(st.lists(st.integers(1, 100), min_size=1, max_size=30), min_size=1, max_size=30)


def make_jobs(sizes: Sequence[Sequence[int]], claim: Claim = NOBODYS) -> list[ScoringJob]:
    """Make jobs whose texts say how many tokens they have."""

    async def make() -> list[ScoringJob]:
        return [ScoringJob([str(n) for n in n_tokens], MODEL, claim=claim) for n_tokens in sizes]

    return asyncio.run(make())


def tokenize(queue: TextQueue) -> None:
    """Do what the scorer does with a portion; a text's warning is the text."""
    portions = queue.take_portions()
    texts = [text for portion in portions for text in portion.texts]
    tokenized = [TokenizedText([1] * int(text), truncated=False) for text in texts]
    queue.put_tokenized(portions, tokenized, [[text] for text in texts])


def filled(queue: TextQueue, jobs: Sequence[ScoringJob]) -> TextQueue:
    for job in jobs:
        queue.put(job)
    while any(len(job.tokenized) < job.n_texts for job in jobs):
        tokenize(queue)
    return queue


def places(batch: Sequence[QueuedText]) -> list[tuple[ScoringJob, int]]:
    return [(text.job, text.position) for text in batch]


@given(sizes=SIZES, budget=st.integers(1, 300))
def test_every_text_is_in_one_batch_and_batches_keep_the_budget(sizes, budget):
    jobs = make_jobs(sizes)
    queue = filled(TextQueue(10_000, budget, 0.0), jobs)
    seen = []
    while len(queue):
        batch = queue.take_batch(NORMAL)
        lengths = [text.n_tokens for text in batch]
        assert len(batch) == 1 or max(lengths) * len(batch) <= budget
        seen += places(batch)
    assert len(seen) == len(set(seen)) == sum(map(len, sizes))
    assert all(job.n_waiting == 0 for job in jobs)
    assert [job.warnings for job in jobs] == [[[text] for text in job.texts] for job in jobs]


@given(sizes=SIZES, dropped=st.sets(st.integers(0, 29)), early=st.booleans())
def test_dropped_jobs_are_in_no_batch_and_take_no_room(sizes, dropped, early):
    jobs = make_jobs(sizes)
    queue = filled(TextQueue(10_000, 64, 0.0), jobs)
    batches = [] if early else [queue.take_batch(NORMAL)]
    for i in dropped:
        if i < len(jobs):
            queue.drop(jobs[i])
            queue.drop(jobs[i])
    alive = [job for job in jobs if not job.is_dropped]
    assert len(queue) == sum(job.n_waiting for job in alive)
    while len(queue):
        batches.append(queue.take_batch(NORMAL))
        assert not any(text.job.is_dropped for text in batches[-1])
    assert all(job.n_waiting == 0 for job in alive)


def test_a_full_queue_refuses_but_not_for_the_other_priority():
    first, second, third = make_jobs([[1] * 3, [1] * 3, [1]])
    (patient,) = make_jobs([[1] * 4], Claim(priority=LOW))
    queue = TextQueue(4, 64, 0.0)
    queue.put(first)
    with pytest.raises(OverloadedError) as refused:
        queue.put(second)
    assert refused.value.headers["Retry-After"]
    queue.put(patient)
    queue.put(third)
    queue.drop(first)
    queue.put(second)
    portions = [*queue.take_portions(), *queue.take_portions()]
    assert [portion.job for portion in portions] == [third, second, patient]


def test_a_lone_request_never_waits_for_company_but_a_crowd_does():
    jobs = make_jobs([[4], [4], [4], [4]])
    queue = TextQueue(100, 64, batch_wait_s=0.2)
    lane = queue._lanes[NORMAL]
    now = jobs[0].submitted_s
    filled(queue, jobs[:1])
    assert lane.wait_s(64, 0.2) <= 0
    assert len(queue.take_batch(NORMAL)) == 1
    assert lane.wait_s(64, 0.2) is None
    filled(queue, jobs[1:3])
    assert len(queue.take_batch(NORMAL)) == 2
    jobs[3].submitted_s = now + 1000
    filled(queue, jobs[3:])
    assert lane.wait_s(64, 0.2) > 0


def test_a_closed_queue_gives_nothing_more_and_says_what_is_left():
    jobs = make_jobs([[1], [1, 1], [1, 1], [1]])
    queue = filled(TextQueue(100, 2, 0.0), jobs[3:])
    queue.take_batch(NORMAL)
    filled(queue, jobs[:1])
    queue.put(jobs[1])
    taken = queue.take_portions()
    queue.put(jobs[2])
    assert set(queue.close()) == set(jobs[:3])
    assert queue.take_portions() is None
    assert queue.take_batch(NORMAL) is None
    queue.put_tokenized(taken, [TokenizedText([1], truncated=False)] * 2, [[], []])
    assert queue.take_batch(NORMAL) is None


def test_a_large_request_is_tokenized_in_portions_between_which_others_have_their_turn():
    (large,), small = make_jobs([[1] * 100], Claim("a")), make_jobs([[1]] * 3, Claim("b"))
    queue = TextQueue(1000, 64, 0.0)
    for job in (large, *small):
        queue.put(job)
    assert queue.take_portions() == [Portion(large, ["1"] * 64)]
    second = queue.take_portions()
    assert second[0].job is small[0]
    assert sum(len(portion.texts) for portion in second) == 39


def test_texts_whose_tokens_are_known_are_not_tokenized():
    async def make() -> ScoringJob:
        return ScoringJob((), MODEL, [TokenizedText([1], truncated=False)] * 3)

    queue = TextQueue(100, 64, 0.0)
    job = asyncio.run(make())
    queue.put(job)
    assert places(queue.take_batch(NORMAL)) == [(job, 0), (job, 1), (job, 2)]


class FairQueue(RuleBasedStateMachine):
    """Clients come, go and are served in any order; who waits, and for how many batches?"""

    def __init__(self) -> None:
        super().__init__()
        self.queue = TextQueue(300, 40, 0.0)
        self.jobs: list[ScoringJob] = []
        self.seen: dict[ScoringJob, list[int]] = {}
        # Batches of others since a job had texts to score, or had its last one.
        self.waited: dict[ScoringJob, int] = {}
        # Clients that have come and had no turn yet: how many batches of others may come first.
        self.patience: dict[Priority, dict[str, int]] = {NORMAL: {}, LOW: {}}

    def ready(self, priority: Priority) -> list[ScoringJob]:
        return [job for job in self.jobs if job.claim.priority is priority and job.ready]

    def clients(self, priority: Priority) -> set[str]:
        return {job.claim.client for job in self.ready(priority)}

    def most_left_to_tokenize(self) -> int:
        return max((job.n_texts - job.n_taken for job in self.jobs), default=0)

    @rule(
        client=st.sampled_from(CLIENTS),
        priority=st.sampled_from(Priority),
        sizes=st.lists(st.integers(1, 50), min_size=1, max_size=8),
        times=st.sampled_from([1, 1, 1, 20]),
    )
    def come(self, client, priority, sizes, times):
        (job,) = make_jobs([sizes * times], Claim(client, priority))
        waiting = sum(job.n_waiting for job in self.jobs if job.claim.priority is priority)
        if waiting + job.n_texts > 300:
            with pytest.raises(OverloadedError):
                self.queue.put(job)
        else:
            self.queue.put(job)
            self.jobs.append(job)
            self.seen[job] = []

    @precondition(lambda self: self.most_left_to_tokenize())
    @rule()
    def tokenize(self):
        before = {priority: self.clients(priority) for priority in Priority}
        tokenize(self.queue)
        for priority, patience in self.patience.items():
            come = self.clients(priority) - before[priority]
            # Between two newcomers one other may have its turn, and one before the first.
            patience.update(dict.fromkeys(come, 2 * len(patience.keys() | come) - 1))

    @precondition(lambda self: any(self.ready(priority) for priority in Priority))
    @rule(data=st.data())
    def batch(self, data):
        priority = data.draw(st.sampled_from([each for each in Priority if self.ready(each)]))
        waiting = self.ready(priority)
        batch = self.queue.take_batch(priority)
        lengths = [text.n_tokens for text in batch]
        assert len(batch) == 1 or max(lengths) * len(batch) <= 40
        for job, position in places(batch):
            assert job.claim.priority is priority
            assert job in waiting
            self.seen[job].append(position)
        self.count(waiting, batch)

    def count(self, waiting: list[ScoringJob], batch: list[QueuedText]) -> None:
        served = {text.job for text in batch}
        for job in waiting:
            self.waited[job] = 0 if job in served else self.waited.get(job, 0) + 1
            own = sum(each.claim == job.claim for each in self.jobs)
            # Every client has a turn in so many batches, and each of its requests in so many turns.
            assert self.waited[job] < 2 * len(CLIENTS) * own
        patience = self.patience[batch[0].job.claim.priority]
        patience.pop(batch[0].job.claim.client, None)
        for client in patience.keys() - {job.claim.client for job in served}:
            patience[client] -= 1
            assert patience[client] >= 0, "a newcomer waited for too many batches of others"

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def go(self, data):
        job = data.draw(st.sampled_from(self.jobs))
        self.queue.drop(job)
        self.jobs.remove(job)
        self.forget_absent()

    def forget_absent(self) -> None:
        for priority, patience in self.patience.items():
            for client in patience.keys() - self.clients(priority):
                del patience[client]

    @invariant()
    def counts_are_right_and_nothing_stays_of_who_has_gone(self):
        self.forget_absent()
        assert len(self.queue) == sum(job.n_waiting for job in self.jobs)
        for priority, lane in self.queue._lanes.items():
            jobs = [job for job in self.jobs if job.claim.priority is priority]
            assert set(lane._to_score) == {job for job in jobs if job.ready}
            assert set(lane._to_tokenize) == {job for job in jobs if job.n_taken < job.n_texts}
            assert lane.jobs == {job for job in jobs if job.n_waiting}
            assert lane.n_tokens == sum(text.n_tokens for job in jobs for text in job.ready)

    def teardown(self):
        while self.most_left_to_tokenize():
            tokenize(self.queue)
        for priority in Priority:
            while self.ready(priority):
                for job, position in places(self.queue.take_batch(priority)):
                    self.seen[job].append(position)
        for job in self.jobs:
            assert sorted(self.seen[job]) == list(range(job.n_texts))
            assert [len(text.input_ids) for text in job.tokenized] == list(map(int, job.texts))
            assert job.warnings == [[text] for text in job.texts]


TestFairQueue = FairQueue.TestCase
TestFairQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
