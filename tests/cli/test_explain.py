import io
import json
import sys

import pytest

TEXT = "I was so scared, but it all went well!"


def test_off_a_terminal_it_is_json(emoticare):
    answer = emoticare("explain", TEXT)
    assert (answer.code, answer.err) == (0, "")
    record = json.loads(answer.out)
    assert record["text"] == TEXT
    assert record["labels"][0] == "fear"
    best = max(record["words"], key=lambda word: word["effects"]["fear"])
    assert best["text"] == "scared" == TEXT[best["start"] : best["end"]]
    assert len(best["effects"]) == 28


def test_text_shows_the_labels_and_the_strongest_words(emoticare):
    out = emoticare("explain", "--format", "text", TEXT).out
    assert out.startswith("fear  ")
    assert "scared +" in out
    out = emoticare("explain", "--format", "text", "--label", "joy", "a\x1b[31mb [/b]\n").out
    assert out.startswith("joy  ")
    assert "\x1b" not in out
    assert "[/b]" in out


def test_chosen_labels(emoticare):
    record = json.loads(emoticare("explain", "--label", "joy", "--label", "fear", TEXT).out)
    assert all(list(word["effects"]) == ["joy", "fear"] for word in record["words"])


def test_a_page(emoticare, tmp_path):
    answer = emoticare("explain", "--html", tmp_path / "why.html", TEXT)
    assert (answer.code, answer.out) == (0, "")
    assert "scared</span>" in (tmp_path / "why.html").read_text(encoding="utf-8")


def test_standard_input_is_one_text(emoticare, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"so happy\nso \xff sad")))
    record = json.loads(emoticare("explain", "-").out)
    assert record["text"] == "so happy\nso \ufffd sad"
    assert len(record["sentences"]) == 2


def test_an_empty_text_is_an_answer(emoticare):
    assert json.loads(emoticare("explain", "").out)["words"] == []
    assert "no word moves it" in emoticare("explain", "--format", "text", "").out


@pytest.mark.parametrize("options", [["--label", "kanarienvogel"], ["--format", "xml"]])
def test_other_options_are_a_usage_error(emoticare, options):
    answer = emoticare("explain", *options, TEXT)
    assert answer.code == 2
    assert answer.out == ""
    assert "scared" not in answer.err


def test_a_close_label_is_suggested(emoticare):
    told = emoticare("explain", "--label", "sadnes", TEXT).err
    assert "found 'sadnes'. Did you mean sadness?" in told


def test_what_was_said_before_is_explained_too(emoticare, context_model):
    arguments = ("explain", "--model", context_model, "--label", "joy")
    arguments = (*arguments, "--context", "you are\x1b[31m so happy")
    record = json.loads(emoticare(*arguments, "no").out)
    assert list(record)[:2] == ["text", "context_text"]
    assert [part["text"] for part in record["context"]][-1] == "happy"
    assert [part["text"] for part in record["words"]] == ["no"]
    out = emoticare(*arguments, "--format", "text", "no").out
    assert out.splitlines()[1].startswith("  said before: you are")
    assert out.splitlines()[2] == "  no"
    assert "\x1b" not in out


def test_a_context_goes_with_standard_input(emoticare, context_model, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no\nso sad")))
    record = json.loads(emoticare("explain", "--model", context_model, "--context", "why", "-").out)
    assert (record["text"], record["context_text"]) == ("no\nso sad", "why")


def test_a_model_that_reads_texts_alone_takes_no_context(emoticare, tiny_model_folder):
    answer = emoticare("explain", "--model", tiny_model_folder, "--context", "why", TEXT)
    assert (answer.code, answer.out) == (2, "")
    assert "reads each text alone" in answer.err
