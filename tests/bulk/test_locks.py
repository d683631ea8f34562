"""Locks: one run at a time, and one that lost its lock changes nothing any more."""

import json
import os
import pickle
import threading

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interleaving import N_WRITES, Interleaving
from score_tables import N_ROWS, contents

from emoticare import UsageError
from emoticare.bulk import locks
from emoticare.bulk.locks import LocalLock, RemoteLock, guarded, local_lock, remote_lock

LOCK = "/bucket/lock"
DEAD = json.dumps({"token": "dead", "host": "elsewhere", "pid": 1, "renewed": 0}).encode()
REFUSED = pytest.raises(UsageError, match="no other run")


@pytest.fixture
def memory():
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    yield fs
    fs.store.clear()


# On a disk.


def test_a_file_is_locked_by_one_run_at_a_time(tmp_path):
    path = str(tmp_path / "lock")
    with local_lock(path) as lock:
        lock.check()
        with REFUSED, local_lock(path):
            pass
        lock.check()
    with local_lock(path) as next_one:
        next_one.check()
        assert next_one.token != lock.token
        with REFUSED:
            lock.check()


@pytest.mark.parametrize("has_successor", [False, True])
def test_a_file_that_is_gone_is_no_lock(tmp_path, has_successor):
    path = tmp_path / "lock"
    with local_lock(str(path)) as lock:
        path.unlink()
        if has_successor:
            with local_lock(str(path)), REFUSED:
                lock.check()
        with REFUSED:
            lock.check()


def test_a_file_removed_between_opening_and_locking_is_made_again(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "lock"
    path.parent.mkdir()
    lock_file, removed = locks._lock_file, []

    def remove_first(file, name):
        if not removed:
            removed.append(name)
            path.unlink()
            path.parent.rmdir()
        lock_file(file, name)

    monkeypatch.setattr(locks, "_lock_file", remove_first)
    with local_lock(str(path)) as lock:
        lock.check()


def test_what_is_written_is_checked_before_it_has_its_name(tmp_path):
    with local_lock(str(tmp_path / "lock")) as lock:
        sink = (tmp_path / "draft").open("wb")
        assert guarded(lock, lambda file: file.write(b"abc"))(sink) == 3
        (tmp_path / "lock").unlink()
        with REFUSED:
            guarded(lock, lambda file: file.write(b"abc"))(sink)
        sink.close()


@pytest.mark.parametrize("restart", [False, True])
def test_a_run_whose_work_was_taken_away_changes_nothing_any_more(score, table, tmp_path, restart):
    """Somebody removed its folder, and another run began there."""
    out = tmp_path / "out.csv"
    state = tmp_path / "out.csv.partial"
    if restart:
        out.write_text("old")

    def take(progress):
        if progress.rows == 16 and not progress.rows_in_work:
            (state / "lock").write_text("another run")
            seen.append(contents(state))

    seen = []
    with REFUSED:
        score(table, out, on_progress=take, restart=restart)
    assert contents(state) == seen[0]
    assert out.exists() == restart


@pytest.mark.parametrize(
    "lock",
    [LocalLock("a", "b"), RemoteLock(fsspec.filesystem("memory"), "a", "b")],
    ids=["local", "remote"],
)
def test_workers_can_be_handed_a_lock(lock):
    assert pickle.loads(pickle.dumps(lock)) == lock


# In an object store.


def test_an_object_is_held_by_one_run_at_a_time(memory):
    with remote_lock(memory, LOCK) as lock:
        lock.check()
        before = memory.cat_file(LOCK)
        with REFUSED, remote_lock(memory, LOCK):
            pass
        assert memory.cat_file(LOCK) == before
        assert lock.renew()
        assert memory.cat_file(LOCK) == before
    assert memory.find("/bucket") == []
    with REFUSED:
        lock.check()
    assert not lock.renew()
    assert memory.find("/bucket") == []


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still: a machine may be slow."""
    monkeypatch.setattr(locks, "_now", lambda: 1e9)
    return 1e9


def holder(now=1e9, ago_s=0, **changes):
    known = {"token": "a", "host": locks.this_machine(), "pid": os.getpid(), "renewed": now - ago_s}
    return json.dumps({**known, **changes}).encode()


LIVING = {
    "this process": holder(),
    "this process, lately": holder(ago_s=120),
    "elsewhere": holder(host="elsewhere", pid=2**22 + 1),
    "elsewhere, lately": holder(host="elsewhere", ago_s=120),
}
GONE = {
    "no process": holder(pid=2**22 + 1),
    "no number": holder(pid="x"),
    "no pid": json.dumps({"host": locks.this_machine(), "renewed": 1e9}).encode(),
    "long ago": holder(ago_s=120.5),
    "elsewhere, long ago": holder(host="elsewhere", ago_s=120.5),
    "no time": holder(renewed="now"),
    "a list": b"[]",
    "no JSON": b"{",
    "nested": b"[" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("content", LIVING.values(), ids=LIVING)
def test_a_living_holder_keeps_its_lock(memory, now, content):
    memory.pipe_file(LOCK, content)
    with REFUSED:
        RemoteLock(memory, LOCK, "b").acquire()
    assert memory.cat_file(LOCK) == content


@pytest.mark.parametrize("content", GONE.values(), ids=GONE)
def test_a_holder_that_is_gone_is_succeeded(memory, now, content):
    memory.pipe_file(LOCK, content)
    with remote_lock(memory, LOCK) as lock:
        lock.check()
        assert memory.find("/bucket") == [LOCK]
    assert memory.find("/bucket") == []


def test_a_sign_of_life_keeps_an_old_lock_and_goes_with_it(memory, now):
    memory.pipe_file(LOCK, holder(host="elsewhere", ago_s=180))
    sign = RemoteLock(memory, LOCK, "a")._sign_of_life("a")
    memory.pipe_file(sign, json.dumps({"renewed": now - 120}).encode())
    with REFUSED:
        RemoteLock(memory, LOCK, "b").acquire()
    memory.pipe_file(sign, json.dumps({"renewed": now - 120.5}).encode())
    with remote_lock(memory, LOCK):
        assert memory.find("/bucket") == [LOCK]


def test_a_holder_that_may_not_be_signalled_lives(memory, now, monkeypatch):
    def refuse(pid, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    memory.pipe_file(LOCK, holder())
    with REFUSED:
        RemoteLock(memory, LOCK, "b").acquire()


def test_a_lock_is_renewed_in_time(memory, monkeypatch):
    assert 2 * locks._RENEWED_S < locks._STALE_S
    monkeypatch.setattr(locks, "_RENEWED_S", 0.01)
    renewed, thrice = [], threading.Event()

    def renew(self):
        renewed.append(self.token)
        if len(renewed) == 1:
            raise OSError("no network for now")
        if len(renewed) == 3:
            thrice.set()
        return len(renewed) == 2

    monkeypatch.setattr(RemoteLock, "renew", renew)
    with remote_lock(memory, LOCK) as lock:
        assert thrice.wait(20)
    assert renewed == [lock.token] * 3


def test_a_run_that_lost_its_lock_leaves_it_to_the_next(memory):
    with remote_lock(memory, LOCK) as lock:
        memory.pipe_file(LOCK, DEAD)
        with REFUSED:
            lock.check()
        assert not lock.renew()
    assert memory.find("/bucket") == [LOCK]
    assert memory.cat_file(LOCK) == DEAD


def test_a_run_that_lost_its_lock_in_a_store_changes_nothing_any_more(memory, score, table):
    def take(progress):
        if progress.rows == 16 and not progress.rows_in_work:
            memory.pipe_file("/bucket/out/_emoticare/lock", DEAD)
            seen.append(everything(memory))

    seen = []
    with REFUSED:
        score(table, "memory://bucket/out/", output_format="csv", on_progress=take)
    assert everything(memory) == seen[0]
    assert score(table, "memory://bucket/out/", output_format="csv").rows == N_ROWS


def everything(memory):
    return {path: memory.cat_file(path) for path in memory.find("/bucket")}


# What several runs do at once, step by step.


def turns(checked):
    """Return which run held the lock, and which held it next."""
    return [run for i, run in enumerate(checked) if checked[i - 1 : i] != [run]]


N_RUNS = 3
SCHEDULES = st.lists(st.integers(0, N_RUNS - 1), min_size=20, max_size=80)


@settings(max_examples=150)
@given(schedule=SCHEDULES, was_held=st.booleans())
def test_of_runs_that_begin_at_once_one_at_a_time_holds_the_lock(schedule, was_held):
    with Interleaving(N_RUNS, DEAD if was_held else None) as runs:
        for number in schedule:
            runs.step(number)
        runs.finish()
    holders = turns(runs.checked)
    # One that is refused is refused at once; one that holds the lock keeps it to its end.
    assert len(runs.checked) == N_WRITES * len(holders)
    assert 1 <= len(holders) == N_RUNS - runs.refused
    assert runs.objects == {}


TIMES = st.sampled_from([None] * 6 + [60.0, 130.0])
ENDS = st.sampled_from([False] * 12 + [True])
STEPS = st.lists(st.tuples(st.integers(0, N_RUNS - 1), TIMES, ENDS), min_size=20, max_size=120)


@settings(max_examples=150)
@given(steps=STEPS, was_held=st.booleans())
def test_a_lock_that_was_lost_never_comes_back(steps, was_held):
    """Runs stand still for minutes, or are killed, between any two of their steps."""
    with Interleaving(N_RUNS, DEAD if was_held else None) as runs:
        for number, passing_s, is_killed in steps:
            runs.now_s += passing_s or 0
            if is_killed:
                runs.kill(number)
            else:
                runs.step(number)
        holders = turns(runs.checked)
        assert len(holders) == len(set(holders)), "a run held the lock again after another did"
        for run in range(N_RUNS):
            runs.kill(run)
        # Whoever comes when all of them are dead gets the lock, whatever they have left.
        runs.now_s += 1000
        assert runs.alone() == "held"
