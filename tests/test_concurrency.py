"""One classifier in many threads, in asyncio, and in processes side by side."""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

import emoticare
from emoticare import EmotionClassifier

TEXTS = [
    "I'm so proud of everything we've built together!",
    "",
    "why",
    "thanks " * 40,
    "I hate this. " * 5,
    "The meeting is on Tuesday at ten.",
    "😀 很高兴",
]
N_THREADS = 12


def scores_of(predictions) -> np.ndarray:
    return np.array([list(p.scores.values()) for p in predictions], np.float32)


WAYS: dict[str, Callable[[EmotionClassifier], np.ndarray]] = {
    "predict_proba": lambda clf: clf.predict_proba(TEXTS),
    "predict": lambda clf: scores_of(clf.predict(TEXTS)),
    "one by one": lambda clf: scores_of(clf(text) for text in TEXTS),
    "stream": lambda clf: scores_of(clf.stream(iter(TEXTS))),
}


def test_many_threads_and_every_way_at_once(embedded):
    expected = embedded.predict_proba(TEXTS)
    wrong, n_done = [], []
    start = threading.Barrier(N_THREADS)

    def work(number: int) -> None:
        ways = list(WAYS.items())
        start.wait()
        for turn in range(len(ways)):
            name, score = ways[(number + turn) % len(ways)]
            found = score(embedded)
            n_done.append(name)
            if found.tobytes() != expected.tobytes():
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(n_done) == N_THREADS * len(WAYS)
    assert not wrong


def test_an_event_loop_goes_on_while_threads_score(embedded):
    expected = embedded.predict_proba(TEXTS)

    async def ask() -> tuple[list[np.ndarray], int]:
        n_ticks = 0
        tasks = [asyncio.create_task(asyncio.to_thread(WAYS["predict_proba"], embedded))]
        tasks += [
            asyncio.create_task(asyncio.to_thread(WAYS["stream"], embedded)) for _ in range(7)
        ]
        while not all(task.done() for task in tasks):
            n_ticks += 1
            await asyncio.sleep(0.001)
        return await asyncio.gather(*tasks), n_ticks

    found, n_ticks = asyncio.run(ask())
    assert len(found) == 8
    assert all(scores.tobytes() == expected.tobytes() for scores in found)
    assert n_ticks > 1


def _score_in_child(classifier, connection) -> None:
    connection.send_bytes(classifier.predict_proba(TEXTS).tobytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forks_of_a_process_that_scores_in_threads(embedded, capfd):
    """Children open sessions of their own, and the parent goes on with its own."""
    expected = embedded.predict_proba(TEXTS).tobytes()
    context = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(3)]
    children = [
        context.Process(target=_score_in_child, args=(embedded, sender)) for _, sender in pipes
    ]
    for child in children:
        child.start()
    in_parent = []
    threads = [
        threading.Thread(target=lambda: in_parent.append(embedded.predict_proba(TEXTS).tobytes()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for receiver, _ in pipes:
        assert receiver.poll(120), "a child does not answer"
        assert receiver.recv_bytes() == expected
    for job in (*threads, *children):
        job.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert in_parent == [expected] * 4


_COUNTING = """
import json, os, sys
from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact
from emoticare.engines.factory import open_engine
from emoticare.stages.batches import pad

cpus, threads = json.loads(sys.argv[1])
if cpus:
    os.sched_setaffinity(0, cpus)
artifact = load_artifact(EMBEDDED_MODEL)
before = len(os.listdir("/proc/self/task"))
engine = open_engine(artifact, threads=threads)
batches = [pad([[101, 7592, 102], [101, 102]] * 50)] * 20
logits = list(engine.run_batches(batches))
print(json.dumps([len(os.listdir("/proc/self/task")) - before, logits[0][0].tolist()]))
"""


def started(cpus: list[int], threads: int | None, **variables: str) -> subprocess.Popen[str]:
    names = ("EMOTICARE_THREADS", "OMP_NUM_THREADS")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.Popen(
        [sys.executable, "-c", _COUNTING, json.dumps([cpus, threads])],
        env={**inherited, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )


def answer_of(process: subprocess.Popen[str]) -> tuple[int, list[float]]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    n_threads, logits = json.loads(out)
    return n_threads, logits


needs_linux = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="needs Linux, where threads can be counted"
)
FIRST_CPU = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


@needs_linux
@pytest.mark.parametrize(
    ("cpus", "threads", "variables", "most"),
    [
        ([FIRST_CPU], None, {}, 1),
        ([], None, {"OMP_NUM_THREADS": "1"}, 1),
        ([], None, {"EMOTICARE_THREADS": "1"}, 1),
        ([], 1, {"EMOTICARE_THREADS": "4"}, 1),
        ([FIRST_CPU], None, {"EMOTICARE_THREADS": "3", "OMP_NUM_THREADS": "1"}, 3),
        ([FIRST_CPU], 4, {}, 4),
    ],
    ids=["affinity", "OMP_NUM_THREADS", "EMOTICARE_THREADS", "one", "more", "threads"],
)
def test_an_engine_starts_no_more_threads_than_it_is_granted(cpus, threads, variables, most):
    n_started, _ = answer_of(started(cpus, threads, **variables))
    assert n_started <= most
    # The caller's own thread may be one of them.
    assert n_started >= most - 1


@needs_linux
def test_processes_side_by_side_share_the_processors():
    cpus = sorted(os.sched_getaffinity(0))
    shares = [cpus[:1], cpus[-1:]]
    answers = [answer_of(process) for process in [started(share, None) for share in shares]]
    assert all(n_threads <= 1 for n_threads, _ in answers)
    assert answers[0][1] == answers[1][1]


def test_a_classifier_with_threads_of_its_own_goes_on_in_another_process(tiny_artifact):
    classifier = emoticare.load(tiny_artifact, threads=3)
    again, arguments = classifier.__reduce__()
    assert again.keywords == {"device": "cpu", "threads": 3}
    expected = classifier.predict_proba(TEXTS)
    assert again(*arguments).predict_proba(TEXTS).tobytes() == expected.tobytes()
