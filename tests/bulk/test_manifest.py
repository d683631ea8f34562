"""What a job remembers, and when it is another job."""

import json
import time

import pytest

from emoticare import UsageError
from emoticare.bulk import manifest as manifests
from emoticare.bulk.locks import LocalLock
from emoticare.bulk.manifest import Manifest
from emoticare.bulk.shards import ShardId, ShardResult
from emoticare.bulk.storage import LocalStorage

INPUTS = [
    {"path": "a.csv", "identity": "1-2-3", "sha256": "aa"},
    {"path": "b.csv", "identity": "4-5-6", "sha256": None},
]
KEY = {
    "inputs": INPUTS, "model": "m", "emoticare": "1", "settings": {"scores": "all", "strict": True},
}  # fmt: skip


class OpenLock(LocalLock):
    """A lock that nobody takes."""

    def check(self):
        pass


@pytest.fixture
def resume(tmp_path):
    """Reads the manifest of a job."""

    def read(key=KEY, lock=None):
        path = str(tmp_path / "manifest.json")
        return Manifest.resume(LocalStorage(), path, key, lock or OpenLock("", ""))

    return read


def result(file, number, rows=2, failures=1, labels=None):
    counts = labels or {"joy": rows}
    return ShardResult(ShardId(file, number), rows, failures, 10 * rows, "5a", counts, 7)


def test_what_was_noted_is_read_again(resume):
    manifest = resume()
    assert manifest.is_new
    manifest.add(result(1, 0, 3, 2, {"joy": 1, "anger": 2}))
    manifest.add(result(0, 1, 5, 0))
    manifest.add(result(0, 0, 1, 1))
    manifest.end_file(0, 2)
    manifest.complete = True
    manifest.write()
    again = resume()
    assert not again.is_new
    assert again.complete
    assert (again.rows, again.failures) == (9, 3)
    assert again.label_counts == {"joy": 7, "anger": 2}
    assert again.done == [ShardId(0, 0), ShardId(0, 1), ShardId(1, 0)]
    assert [again.size_of(shard) for shard in again.done] == [10, 50, 30]
    assert {again.sum_of(shard) for shard in again.done} == {"5a"}
    assert again.shards_of(0) == [ShardId(0, 0), ShardId(0, 1)]
    assert (again.file_is_done(0), again.file_is_done(1)) == (True, False)
    assert (again.is_done(ShardId(1, 0)), again.is_done(ShardId(1, 1))) == (True, False)
    again.forget(ShardId(0, 1))
    assert not again.file_is_done(0)
    assert again.rows == 4


def test_a_file_that_ended_is_something_known(resume):
    manifest = resume()
    manifest.end_file(0, 1)
    assert not manifest.is_new
    assert not manifest.complete


def test_writing_takes_a_small_part_of_the_time(resume, monkeypatch):
    """What was noted is written at once, then only after twenty times as long as writing took."""
    now_s, writes = [100.0], []

    def write(self, path, _):
        writes.append(now_s[0])
        now_s[0] += 1.0

    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(LocalStorage, "write", write)
    manifest = resume()
    for number in range(60):
        manifest.add(result(0, number))
        now_s[0] += 1.0
    monkeypatch.undo()
    assert writes == [100.0, 121.0, 142.0]


def test_a_run_without_its_lock_writes_no_manifest(resume, tmp_path):
    resume().write()
    before = (tmp_path / "manifest.json").read_bytes()
    manifest = resume(lock=LocalLock(str(tmp_path / "lock"), "token"))
    with pytest.raises(UsageError, match="no other run"):
        manifest.add(result(0, 0))
    assert (tmp_path / "manifest.json").read_bytes() == before


def inputs(*changes):
    return [{**file, **change} for file, change in zip(INPUTS, changes, strict=True)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "n"}, "found another: the model is another one. Start"),
        ({"emoticare": "2"}, "found another: EmotiCare was 1 and is 2. Start"),
        ({"settings": {"scores": "top", "strict": True}}, "scores was 'all' and is 'top'. Start"),
        ({"settings": {"strict": False}}, "found another: strict was True and is False. Start"),
        ({"settings": {"new": 1}}, "new was None and is 1. Start"),
        ({"inputs": INPUTS[:1]}, "found another: the inputs are other files. Start"),
        ({"inputs": INPUTS[::-1]}, "the inputs are other files. Start"),
        ({"inputs": inputs({}, {"path": "c.csv"})}, "the inputs are other files. Start"),
        ({"inputs": inputs({"identity": "x"}, {})}, "the input a.csv has changed. Start"),
        ({"inputs": inputs({}, {"identity": "x"})}, "the input b.csv has changed. Start"),
        ({"inputs": inputs({"sha256": "bb"}, {})}, "the input a.csv has changed. Start"),
        ({"inputs": inputs({}, {"path": "-"})}, "standard input cannot be resumed. Start"),
        ({"model": "n", "emoticare": "2"}, "another one; EmotiCare was 1 and is 2. Start"),
    ],
    ids=str,
)
def test_another_job_is_told_what_differs(resume, change, message):
    resume().write()
    with pytest.raises(UsageError, match=r"manifest\.json tells of, found another: ") as caught:
        resume({**KEY, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize("sums", [(None, None), ("aa", "bb")])
def test_a_sum_counts_where_both_runs_made_one(resume, sums):
    resume().write()
    assert resume({**KEY, "inputs": inputs(*({"sha256": sha256} for sha256 in sums))}).is_new


def test_a_setting_that_is_no_more_is_none(resume):
    resume().write()
    resume({**KEY, "settings": {}})


def test_the_last_of_the_ids_that_a_shard_may_have(resume, tmp_path):
    manifest = resume()
    manifest.add(result(0, 999_999_999))
    manifest.write()
    assert resume().done == [ShardId(0, 999_999_999)]
    content = json.loads((tmp_path / "manifest.json").read_bytes())
    del content["sha256"]
    content["shards"] = {"00000-1000000000": content["shards"]["00000-999999999"]}
    text = json.dumps({**content, "sha256": manifests._sum(content)})
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match="--restart"):
        resume()
