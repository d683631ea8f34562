import json
import os
from pathlib import Path

import pytest

from emoticare.errors import EmoticareError, UsageError
from emoticare.model.files import write_file, write_json


def test_a_file_is_made_with_its_folder_and_replaced(tmp_path):
    path = tmp_path / "new" / "record.json"
    write_json(path, {"a": 1})
    write_json(path, {"a": "é"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("path", [".", "/", "..", "/dev/null", "/dev/full"])
def test_what_is_no_plain_file_is_not_replaced(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"plain file, found a (folder|device)"):
        write_file(Path(path), b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UsageError, match="found a pipe"):
        write_file(path, b"x")
    assert path.is_fifo()


def test_a_link_stays_and_its_file_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "record", tmp_path / "link"
    link.symlink_to(target)
    for content in (b"one", b"two"):
        write_file(link, content)
        assert (link.is_symlink(), target.read_bytes()) == (True, content)
    assert list(target.parent.iterdir()) == [target]


def test_a_place_that_cannot_be_is_one_error():
    with pytest.raises(EmoticareError, match="could not be written"):
        write_file(Path("/dev/null/x"), b"x")


def test_a_link_in_a_circle_is_one_error(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(link)
    with pytest.raises(EmoticareError, match="could not be written"):
        write_file(link, b"x")


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_file(path, b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(EmoticareError, match="No space left"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
