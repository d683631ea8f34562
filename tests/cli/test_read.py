import io
import json
import re
import sys

import pytest

FRIGHTENED = "I'm terrified of what might happen next."
TEXT = f"The meeting is at ten.\r\n\r\n- Dr. Smith is there. {FRIGHTENED} 😀\nThe end."


@pytest.fixture
def read(emoticare, tiny_model_folder):
    """Runs `emoticare read` with the tiny model."""

    def run(*arguments):
        return emoticare("read", "--model", tiny_model_folder, *arguments)

    return run


@pytest.fixture
def file(tmp_path):
    def write(content, name="a.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def records(answer) -> list[dict]:
    assert (answer.code, answer.err) == (0, "")
    return [json.loads(line) for line in answer.out.splitlines()]


def test_off_a_terminal_it_is_a_line_a_sentence_and_one_for_the_whole(emoticare, embedded, file):
    path = file(TEXT)
    *sentences, whole = records(emoticare("read", path))
    document = embedded.read(TEXT)
    assert len(sentences) == len(document.sentences) == whole["n_sentences"]
    for found, expected in zip(sentences, document.sentences, strict=True):
        assert TEXT[found["start"] : found["end"]] == found["text"] == expected.text
        assert found["labels"] == expected.labels
        assert found["scores"] == pytest.approx(expected.scores, abs=1e-6)
    assert (whole["file"], whole["labels"]) == (str(path), document.labels)
    assert whole["scores"] == pytest.approx(document.scores, abs=1e-6)
    assert [s["text"] for s in sentences if "fear" in s["labels"]] == [FRIGHTENED]


def test_json_is_an_array_of_documents(read, tiny, file):
    paths = [file(TEXT), file("", "empty.txt")]
    answer = read("--format", "json", *paths)
    first, empty = json.loads(answer.out)
    assert [s["text"] for s in first["sentences"]] == [s.text for s in tiny.read(TEXT).sentences]
    assert first["labels"] == tiny.read(TEXT).labels
    assert (empty["sentences"], empty["labels"], empty["n_sentences"]) == ([], [], 0)


def test_text_is_tinted_on_a_terminal_only(emoticare, file):
    path = file(TEXT)
    out = emoticare("read", "--format", "text", path).out
    assert "\x1b" not in out
    assert re.search(rf"{re.escape(FRIGHTENED)}  fear(, \w+)*\n", out)
    assert "the whole, 4 sentences" in out
    assert "█" in out


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["nothing", "-"])
def test_a_pipe(read, tiny, monkeypatch, arguments):
    stdin = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfso happy\r\ncaf\xe9"), "ascii")
    monkeypatch.setattr(sys, "stdin", stdin)
    *sentences, whole = records(read(*arguments))
    assert [(s["start"], s["text"]) for s in sentences] == [(0, "so happy"), (10, "caf\ufffd")]
    assert whole["file"] == "-"


def test_thresholds(read, file):
    *sentences, whole = records(read("--threshold", "1", file(TEXT)))
    assert all(record["labels"] == [] for record in (*sentences, whole))


def test_utf_16_as_windows_writes_it(read, file):
    *sentences, _ = records(read(file("so happy. é".encode("utf-16"))))
    assert [s["text"] for s in sentences] == ["so happy.", "é"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04\x00\x00secret", "NUL characters"), (None, "could not be read")],
)
def test_what_is_no_text_is_said(read, file, tmp_path, content, said):
    answer = read(file(content) if content else tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err
    assert "secret" not in answer.err


def test_other_arguments_are_a_usage_error(read, file, monkeypatch):
    assert read(file("a"), "-").code == 2
    assert read("--format", "csv", file("a")).code == 2
    monkeypatch.setattr(sys, "stdin", None)
    assert read("-").code == 2
