import asyncio
import logging
import os
import threading

import pytest

from emoticare.errors import UsageError
from emoticare.server.errors import AuthenticationError, RateLimitedError
from emoticare.server.keys.key_file import digest, read_key_file
from emoticare.server.keys.store import KeyStore
from emoticare.server.metrics import ServerMetrics

from .test_token_bucket import Clock, S


def table(name: str, key: str, **limits) -> str:
    lines = [f"[keys.{name}]", f'sha256 = "{digest(key).hex()}"']
    return "\n".join([*lines, *(f"{limit} = {value}" for limit, value in limits.items()), ""])


class Keys:
    """A store, its file and its clock."""

    def __init__(self, folder, content, plain=()) -> None:
        self.clock = Clock()
        self.file = folder / "keys.toml"
        self.file.write_text(content)
        self.metrics = ServerMetrics([], "1", "x")
        self.store = KeyStore(plain, self.file, self.metrics, self.clock)
        self.n_writes = 0

    def write(self, content: str) -> None:
        self.file.write_text(content)
        self.n_writes += 1
        os.utime(self.file, (self.n_writes, self.n_writes))

    def pass_s(self, seconds: float) -> None:
        self.clock.now_ns += int(seconds * S)

    def find(self, key: str):
        """Look for a key as a request does."""
        asyncio.run(self.store.refresh())
        return self.store.find(key)

    def series(self) -> str:
        return self.metrics.render().decode()


def test_keys_of_both_kinds(tmp_path):
    keys = Keys(tmp_path, table("a", "one") + table("b", "two"), plain=("three", "two"))
    assert keys.store.find("one").key.name == "a"
    assert keys.store.find("two").key.name == "b"  # its limits hold, though it is on the list, too
    assert keys.store.find("three").key.name is None
    for wrong in ("", "on", "one ", "One", digest("one").hex(), "é", "\udcff"):
        assert keys.store.find(wrong) is None


def test_a_store_without_a_file():
    store = KeyStore(("one",), None, ServerMetrics([], "1", "x"))
    store.reload()
    assert store.find("one")


def test_other_keys_without_a_name():
    store = KeyStore(("one", "two"), None, ServerMetrics([], "1", "x"))
    one, two = store.find("one"), store.find("two")
    store.change_unnamed(("two", "three"))
    assert store.n_keys == 2
    assert (store.find("one"), store.find("two")) == (None, two)
    assert store.find("three")
    with pytest.raises(AuthenticationError), one.request():
        pass
    with two.request():
        pass


def test_a_file_that_cannot_be_used_is_no_open_server(tmp_path):
    with pytest.raises(UsageError):
        Keys(tmp_path, "")


def test_a_changed_file_is_read_within_a_second(tmp_path):
    keys = Keys(tmp_path, table("a", "one"))
    keys.write(table("b", "two"))
    assert keys.find("two") is None
    keys.pass_s(1)
    assert keys.find("two").key.name == "b"
    assert keys.find("one") is None
    keys.write(table("c", "three"))
    assert keys.find("three") is None
    keys.store.reload()
    assert keys.find("three")
    keys.write("")
    with pytest.raises(UsageError):
        keys.store.reload()
    assert keys.find("three")


def test_the_file_is_looked_at_once_a_second(tmp_path, monkeypatch):
    keys = Keys(tmp_path, table("a", "one"))
    looks = []
    monkeypatch.setattr("emoticare.server.keys.store._version", looks.append)
    for _ in range(100):
        keys.pass_s(0.1)
        keys.find("one")
    assert len(looks) in (9, 10)


def test_the_event_loop_goes_on_while_a_file_is_read(tmp_path, monkeypatch):
    keys = Keys(tmp_path, table("a", "one"))
    keys.write(table("b", "two"))
    keys.pass_s(1)
    may_read = threading.Event()

    def read_slowly(path):
        assert may_read.wait(60)
        return read_key_file(path)

    monkeypatch.setattr("emoticare.server.keys.store.read_key_file", read_slowly)

    async def ask_meanwhile():
        asking = [asyncio.create_task(keys.store.refresh()) for _ in range(3)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert not any(task.done() for task in asking)
        asking.pop().cancel()  # one client goes, and the others get their answer
        may_read.set()
        await asyncio.gather(*asking)
        assert keys.store.find("two")

    asyncio.run(ask_meanwhile())


@pytest.mark.parametrize("content", ["", "[keys.a", "the-secret"], ids=repr)
def test_a_bad_file_changes_nothing_and_is_told_once(tmp_path, caplog, content):
    keys = Keys(tmp_path, table("a", "one"))
    keys.write(content)
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            keys.pass_s(1)
            assert keys.find("one")
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "stay as they were" in record.getMessage()
    assert "the-secret" not in record.getMessage()
    keys.write(table("b", "two"))
    keys.pass_s(1)
    assert keys.find("two")
    assert keys.find("one") is None


def test_a_file_that_goes_and_comes_back(tmp_path, caplog):
    keys = Keys(tmp_path, table("a", "one"))
    keys.file.unlink()
    for _ in range(3):
        keys.pass_s(1)
        assert keys.find("one")
    assert len(caplog.records) == 1
    keys.write(table("b", "two"))
    keys.pass_s(1)
    assert keys.find("two")


def test_what_was_used_outlives_the_file_but_not_the_limit(tmp_path):
    keys = Keys(tmp_path, table("a", "one", requests_per_minute=1, texts_per_minute=5))
    quota = keys.store.find("one")
    with quota.request():
        quota.take_texts(5)
    keys.write(table("a", "one", requests_per_minute=1, texts_per_minute=6) + table("b", "two"))
    keys.store.reload()
    assert keys.store.find("one") is quota
    with pytest.raises(RateLimitedError), quota.request():
        pass
    quota.take_texts(6)


@pytest.mark.parametrize("content", [table("b", "two"), table("a", "two"), table("b", "one")])
def test_a_key_that_is_taken_back_is_of_no_more_use_to_open_streams(tmp_path, content):
    keys = Keys(tmp_path, table("a", "one"))
    quota = keys.store.find("one")
    keys.write(content)
    keys.store.reload()
    with pytest.raises(AuthenticationError), quota.request():
        pass


def test_only_names_of_the_file_are_counted(tmp_path):
    keys = Keys(tmp_path, table("a", "one"), plain=("three",))
    for key in ("one", "three"):
        quota = keys.store.find(key)
        with quota.request():
            quota.take_texts(3)
    keys.store.find("wrong")
    assert 'emoticare_key_texts_total{key="a"} 3.0' in keys.series()
    assert 'emoticare_key_requests_total{key="a"} 1.0' in keys.series()
    assert keys.series().count("emoticare_key_texts_total{") == 1
    keys.write(table("b", "two"))
    keys.store.reload()
    assert 'key="a"' not in keys.series()
    assert 'emoticare_key_refusals_total{key="b"} 0.0' in keys.series()
