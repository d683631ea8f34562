"""Texts from arguments, files, pipes that go on, and terminals."""

import io
import json
import os
import select
import shutil
import subprocess
import sys

import pytest

from emoticare.cli import texts
from emoticare.cli.texts import answered, given_texts
from emoticare.errors import DataError

COMMAND = [sys.executable, "-m", "emoticare"]
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes and terminals of Unix")
TIMEOUT_S = 120


@pytest.fixture
def pipe(monkeypatch):
    """Standard input is a pipe; gives its other end."""
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "wb", buffering=0) as writer,
        io.TextIOWrapper(os.fdopen(ours, "rb")) as stdin,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        yield writer


def next_line(process: subprocess.Popen) -> bytes:
    assert select.select([process.stdout], [], [], TIMEOUT_S)[0]
    return process.stdout.readline()


@ON_UNIX
@pytest.mark.skipif(shutil.which("tail") is None, reason="needs tail")
@pytest.mark.parametrize("command", ["predict", "moderate"])
def test_a_growing_file_is_answered_line_by_line(command, tiny_model_folder, tmp_path):
    log = tmp_path / "chat.log"
    log.write_text("so happy\n", encoding="utf-8")
    with (
        subprocess.Popen(["tail", "-n", "+1", "-f", log], stdout=subprocess.PIPE) as tail,
        subprocess.Popen(
            [*COMMAND, command, "--model", tiny_model_folder],
            stdin=tail.stdout,
            stdout=subprocess.PIPE,
            bufsize=0,
        ) as process,
    ):
        tail.stdout.close()
        assert json.loads(next_line(process))["text"] == "so happy"
        for text in ("i hate it", "", "thanks a lot"):
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")
            assert json.loads(next_line(process))["text"] == text
        tail.terminate()
        assert process.wait(TIMEOUT_S) == 0


@ON_UNIX
def test_what_has_arrived_is_a_group(pipe):
    groups = given_texts(["-"])
    pipe.write("so happy\ntr\u00e8s 😀\r\n\n".encode())
    assert list(next(groups)) == ["so happy", "très 😀", ""]
    pipe.write(b"caf\xe9 and ")
    pipe.write(b"tea\nlast")
    assert list(next(groups)) == ["caf� and tea"]
    pipe.close()
    assert [list(group) for group in groups] == [["last"]]


@ON_UNIX
def test_a_file_is_one_group(tmp_path, monkeypatch):
    wanted = [f"line {i}" for i in range(20_000)]
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(wanted), encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert [list(group) for group in given_texts(None)] == [wanted]
    monkeypatch.setattr(texts, "_MOST_BYTES", 100_000)
    with path.open(encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        groups = [list(group) for group in given_texts(None)]
    assert len(groups) > 1
    assert [text for group in groups for text in group] == wanted


def test_a_line_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(texts, "_LONGEST_LINE", 100_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"so happy\n" + bytes(200_000))))
    with pytest.raises(DataError, match=r"at most 100,000 bytes.*emoticare read"):
        list(answered(given_texts(None), iter))


@ON_UNIX
@pytest.mark.parametrize("command", ["predict", "moderate"])
def test_a_terminal_gets_a_prompt(command, tiny_model_folder):
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, command, "--model", tiny_model_folder],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "80"},
    ) as process:
        os.close(theirs)
        told = _read_until(ours, b"> ")
        os.write(ours, b"so happy\n")
        told += _read_until(ours, b"\n> ")
        os.write(ours, b"\n\x04")
        assert process.wait(TIMEOUT_S) == 0
    os.close(ours)
    answer = told.split(b"so happy", 1)[1]
    expected = (b"allow", b"review", b"flag") if command == "moderate" else (b"0.", b"no emotion")
    assert any(part in answer for part in expected)


def _read_until(terminal: int, mark: bytes) -> bytes:
    told = b""
    while not told.endswith(mark):
        assert select.select([terminal], [], [], TIMEOUT_S)[0], told
        told += os.read(terminal, 4096)
    return told


@pytest.mark.parametrize(
    ("name", "command", "hint"),
    [
        ("in.csv", "predict", "emoticare score FILE"),
        ("letter.txt", "predict", "emoticare read FILE"),
        ("letter.txt", "moderate", "emoticare moderate --file FILE"),
    ],
)
def test_the_name_of_a_file_is_scored_and_told(
    emoticare, tiny_model_folder, tmp_path, monkeypatch, name, command, hint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("text\nso happy\n", encoding="utf-8")
    answer = emoticare(command, "--model", tiny_model_folder, "so happy", name)
    assert answer.code == 0
    assert [json.loads(line)["text"] for line in answer.out.splitlines()] == ["so happy", name]
    assert hint in answer.err
    assert name not in answer.err
    for other in ("so happy", "x" * 5000, "a\0b", "."):
        assert emoticare(command, "--model", tiny_model_folder, other).err == ""
