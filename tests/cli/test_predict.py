import csv
import io
import json
import re
import sys

import pytest

from emoticare.labels import LABELS

PROUD = "I'm so proud of everything we've built together!"
ODD_TEXTS = ["so happy", "", 'a "quoted", word', "bell \x07 and\rreturn", "😀 很", "[/b] :smile:"]


@pytest.fixture
def predict(emoticare, tiny_model_folder):
    """Runs `emoticare predict` with the tiny model."""

    def run(*arguments):
        return emoticare("predict", "--model", tiny_model_folder, *arguments)

    return run


@pytest.fixture
def pipe(monkeypatch):
    """Puts bytes on standard input."""

    def put(content: bytes):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "ascii"))

    return put


def records(answer) -> list[dict]:
    assert (answer.code, answer.err) == (0, "")
    return [json.loads(line) for line in answer.out.split("\n")[:-1]]


def test_off_a_terminal_a_text_is_a_line_of_json(emoticare):
    (record,) = records(emoticare("predict", PROUD))
    assert list(record) == ["text", "labels", "scores", "n_tokens", "truncated", "warnings"]
    assert record["text"] == PROUD
    assert record["labels"][0] == "pride"
    assert tuple(record["scores"]) == LABELS
    assert record["truncated"] is False


def test_a_long_text_is_cut_and_says_so(emoticare):
    (record,) = records(emoticare("predict", "happy " * 600))
    assert (record["n_tokens"], record["truncated"]) == (512, True)


def test_scores_are_those_of_the_library(predict, tiny):
    for record, expected in zip(records(predict(*ODD_TEXTS)), tiny.predict(ODD_TEXTS), strict=True):
        assert record["scores"] == pytest.approx(expected.scores, abs=1e-6)
        assert record["labels"] == expected.labels


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["nothing", "-"])
def test_a_pipe_gives_one_text_a_line(predict, pipe, arguments):
    pipe("so happy\n\n  i hate it \r\nform\x0cfeed\u2028😀\nlast".encode())
    texts = [record["text"] for record in records(predict(*arguments))]
    assert texts == ["so happy", "", "  i hate it ", "form\x0cfeed\u2028😀", "last"]


def test_an_empty_pipe_gives_nothing(predict, pipe):
    for output_format, expected in {"jsonl": "", "json": "[]\n", "table": ""}.items():
        pipe(b"")
        answer = predict("--format", output_format)
        assert (answer.code, answer.out) == (0, expected)


def test_bad_bytes_cost_a_character_and_not_the_run(predict, pipe):
    pipe(b"caf\xe9 \xff\nso happy\n\xed\xa0\x80\n\x00\n")
    texts = [record["text"] for record in records(predict("-"))]
    assert texts == ["caf\ufffd \ufffd", "so happy", "\ufffd\ufffd\ufffd", "\x00"]


def test_json_is_one_array(predict):
    answer = predict("--format", "json", *ODD_TEXTS)
    assert [record["text"] for record in json.loads(answer.out)] == ODD_TEXTS


def test_csv_is_read_back_as_it_was(predict, tiny):
    answer = predict("--format", "csv", *ODD_TEXTS)
    header, *rows = csv.reader(io.StringIO(answer.out, newline=""))
    assert header == ["text", "labels", *LABELS, "n_tokens", "truncated", "warnings"]
    assert [row[0] for row in rows] == ODD_TEXTS
    for row, expected in zip(rows, tiny.predict(ODD_TEXTS), strict=True):
        assert row[1] == "|".join(expected.labels)
        assert [float(x) for x in row[2:30]] == pytest.approx(
            list(expected.scores.values()), abs=1e-6
        )
        assert row[30:] == [str(expected.n_tokens), "false", "|".join(expected.warnings)]


def test_table_off_a_terminal_is_plain(predict):
    answer = predict("--format", "table", *ODD_TEXTS, "happy " * 99)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert "█" in answer.out
    assert "[/b] :smile:" in answer.out
    assert "\x07" not in answer.out
    assert "only the first 64 tokens were read" in answer.out


def test_table_without_a_label_says_so(predict):
    out = predict("--format", "table", "--threshold", "1", "so happy").out
    assert "no emotion above its threshold" in out


def test_thresholds(predict, tiny):
    def labels(*arguments):
        return records(predict("so happy", *arguments))[0]["labels"]

    assert labels() == tiny("so happy").labels
    assert labels("--threshold", "0.6") == tiny("so happy", threshold=0.6).labels
    assert labels("--threshold", "1") == []
    both = labels("--threshold", "grief=0", "--threshold", "joy=1.0")
    assert both == tiny("so happy", threshold={"grief": 0, "joy": 1}).labels


@pytest.mark.parametrize(
    "thresholds",
    [["x"], ["nan"], ["1.5"], ["-1"], ["1e999"], [""], ["bliss=0.3"], ["joy="], ["0.1", "joy=0.2"]],
    ids=repr,
)
def test_other_thresholds_are_a_usage_error(predict, thresholds):
    options = [f"--threshold={value}" for value in thresholds]
    answer = predict("so happy", *options)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("emoticare: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["a", "-"], ["--format", "xml", "a"], ["--nothing"]])
def test_other_arguments_are_a_usage_error(predict, arguments):
    answer = predict(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


@pytest.mark.parametrize("text", ["\udcff", "\ud83d so", "\x00"], ids=ascii)
def test_arguments_that_are_no_unicode(predict, text):
    (record,) = records(predict(text))
    record["text"].encode()


def test_no_standard_input(predict, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    answer = predict("-")
    assert (answer.code, answer.out) == (2, "")
    assert "standard input is closed" in answer.err


def test_groups(predict, tiny):
    (record,) = records(predict("--groups", "so happy"))
    groups = tiny("so happy").groups
    assert list(record)[-1] == "groups"
    assert record["groups"] == {name: pytest.approx(x, abs=1e-6) for name, x in groups.items()}
    header, row = csv.reader(io.StringIO(predict("--groups", "--format", "csv", "so happy").out))
    assert header[-11:] == [
        f"{name}_{group}" for name, scores in groups.items() for group in scores
    ]
    assert float(row[-1]) == pytest.approx(groups["sentiment"]["neutral"], abs=1e-6)
    table = predict("--groups", "--format", "table", "so happy").out
    assert all(f"  {group}" in table for group in ("ekman", "disgust", "sentiment", "positive"))


def test_groups_need_the_emotions_of_goemotions(emoticare, ticket_model):
    answer = emoticare("predict", "--groups", "--model", ticket_model, "where is my parcel")
    assert (answer.code, answer.out) == (2, "")
    assert "without admiration" in answer.err


def test_a_device_that_is_not_there_is_one_message(predict):
    for device, told in (("tpu", "Expected cpu, cuda"), ("cuda:99", "Expected a GPU")):
        answer = predict("--device", device, "so happy")
        assert (answer.code, answer.out) == (2, "")
        assert told in answer.err
    assert len(records(predict("--device", "auto", "so happy"))) == 1


def test_a_close_value_is_suggested(predict):
    assert "Did you mean gratitude?" in predict("--threshold", "gratitud=0.3", "hi").err
    answer = predict("--format", "tabel", "hi")
    assert (answer.code, answer.out) == (2, "")
    assert "Did you mean table?" in " ".join(answer.err.replace("│", " ").split())
    assert "Did you mean" not in predict("--format", "xml", "hi").err
    assert "--threshold" in predict("--treshold", "0.3", "hi").err


def test_lines_are_labels_and_texts(predict, tiny):
    texts = ["so happy", "tab \t and\nbreak", "?"]
    first, second, third = predict("--format", "lines", *texts).out.splitlines()
    expected = tiny("so happy")
    wanted = ", ".join(f"{label} {expected.scores[label]:.2f}" for label in expected.labels)
    assert first == f"{wanted}\tso happy"
    assert second.split("\t")[1:] == ["tab and break"]
    assert third.endswith("\t?\t(too short)")
    assert predict("--format", "lines", "--threshold", "1", "a").out.startswith("no emotion\ta")


def test_scores_by_choice(predict, tiny):
    expected = tiny("so happy")

    def record(*options) -> dict:
        return records(predict(*options, "so happy"))[0]

    usual = record()
    assert record("--scores", "all") == usual
    for none in (["--labels-only"], ["--scores", "none"]):
        assert record(*none) == {k: v for k, v in usual.items() if k != "scores"}
    assert list(record("--scores", "found")["scores"]) == expected.labels
    best = record("--top-k", "3")
    assert list(best["scores"].items()) == [(x, round(y, 6)) for x, y in expected.top(3)]
    assert best["labels"] == usual["labels"]


@pytest.mark.parametrize("output_format", ["lines", "table"])
def test_scores_by_choice_for_people(predict, tiny, output_format):
    def out(*options) -> str:
        return predict("--format", output_format, *options, "so happy").out

    labels = tiny("so happy", threshold={"joy": 0}).labels
    only = out("--labels-only", "--threshold", "joy=0")
    assert all(label in only for label in labels)
    assert not any(sign in only for sign in "0123456789█░")
    assert all(label in out("--scores", "all") for label in LABELS)
    words = re.findall("[a-z]+", out("--top-k", "3"))
    assert set(words) & set(LABELS) == {name for name, _ in tiny("so happy").top(3)}


def test_scores_that_are_not_wanted_are_empty_cells(predict, tiny):
    def rows(*options) -> list[list[str]]:
        answer = predict("--format", "csv", *options, "so happy")
        return list(csv.reader(io.StringIO(answer.out, newline="")))

    header, row = rows("--top-k", "2")
    assert len(header) == len(row) == 33
    given = {name: cell for name, cell in zip(header[2:30], row[2:30], strict=True) if cell}
    assert set(given) == {name for name, _ in tiny("so happy").top(2)}
    header, row = rows("--labels-only")
    assert header == ["text", "labels", "n_tokens", "truncated", "warnings"]
    assert len(row) == 5


@pytest.mark.parametrize(
    "options",
    [["--top-k", "0"], ["--top-k", "3", "--labels-only"], ["--scores", "all", "--labels-only"]],
)
def test_choices_that_contradict_are_a_usage_error(predict, options):
    answer = predict(*options, "so happy")
    assert (answer.code, answer.out) == (2, "")


def test_bars_fit_a_narrow_terminal(predict, monkeypatch):
    monkeypatch.setenv("COLUMNS", "34")
    out = predict("--format", "table", "--groups", "so happy").out
    assert "█" in out
    assert all(len(line) <= 34 for line in out.splitlines())


@pytest.mark.parametrize("text", ["-_- not again", "--so happy--", "- so happy", "-5 degrees"])
def test_a_text_that_begins_with_a_dash_is_explained_and_not_quoted(predict, text):
    answer = predict(text)
    assert (answer.code, answer.out) == (2, "")
    told = " ".join(answer.err.replace("│", " ").split())
    assert 'comes after --, as in emoticare predict -- "-_-"' in told
    assert not any(word in told for word in ("again", "happy", "degrees"))
    assert records(predict("--", text))[0]["text"] == text


def test_a_reply_is_read_with_what_was_said_before(emoticare, context_model, tiny_with_context):
    arguments = ("predict", "--model", context_model, "--context", "you are sad", "so happy")
    (record,) = records(emoticare(*arguments))
    assert record["text"] == "so happy"
    expected = tiny_with_context("so happy", context="you are sad")
    assert record["labels"] == expected.labels
    assert record["scores"]["joy"] == pytest.approx(expected.scores["joy"], abs=1e-4)
    assert expected.scores != tiny_with_context("so happy").scores


@pytest.mark.parametrize(
    ("texts", "found"),
    [((), "lines of standard input"), (("-",), "lines"), (("a", "b"), "several")],
)
def test_a_context_belongs_to_one_text(emoticare, context_model, pipe, texts, found):
    pipe(b"so happy\n")
    answer = emoticare("predict", "--model", context_model, "--context", "why", *texts)
    assert (answer.code, answer.out) == (2, "")
    assert f"Expected one text with --context, found {found}" in answer.err
    assert "emoticare score --context-column" in answer.err


def test_a_model_that_reads_texts_alone_takes_no_context(predict):
    answer = predict("--context", "why", "so happy")
    assert (answer.code, answer.out) == (2, "")
    assert "reads each text alone" in answer.err
