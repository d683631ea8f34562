import csv
import itertools
import json
import os
import re
import subprocess
import sys
import time

import pytest
from score_tables import N_ROWS, TEXTS, read_csv, write_csv


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    write_csv(path, [[f"{i:03}", TEXTS[i % 5], str(i)] for i in range(N_ROWS)])
    return path


@pytest.fixture
def score(emoticare, tiny_model_folder):
    """Runs `emoticare score` with the tiny model."""

    def run(*arguments):
        return emoticare("score", "--model", tiny_model_folder, *arguments)

    return run


def test_a_file_is_scored_and_the_figures_go_to_stderr(score, table, tmp_path):
    answer = score(table, "--output", tmp_path / "out.csv")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith("60 rows, 60 of them in this run of ")
    assert answer.err.endswith(" texts/s)\n")
    assert len(read_csv(tmp_path / "out.csv")) == N_ROWS


def test_a_summary_that_cannot_be_written_is_refused_before_the_work(score, table, tmp_path):
    answer = score(table, "-o", tmp_path / "out.csv", "--summary", "/dev/null")
    assert answer.code == 2
    assert "plain file, found a device" in answer.err
    assert not (tmp_path / "out.csv").exists()


def test_quiet_says_nothing_and_the_summary_says_all(score, table, tmp_path):
    summary = tmp_path / "summary.json"
    answer = score(table, "-o", tmp_path / "out.csv", "--quiet", "--summary", summary)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    figures = json.loads(summary.read_text())
    assert list(figures) == [
        "rows", "failures", "rows_this_run", "seconds", "texts_per_second", "label_counts",
    ]  # fmt: skip
    assert (figures["rows"], figures["failures"], len(figures["label_counts"])) == (N_ROWS, 0, 28)
    assert figures["seconds"] > 0
    assert figures["texts_per_second"] > 0


def test_one_row_is_no_rows(score, tmp_path):
    write_csv(tmp_path / "in.csv", [["1", " ", ""]])
    answer = score(tmp_path / "in.csv", "-o", tmp_path / "out.csv")
    assert answer.err.startswith("1 row, 1 of them in this run of ")
    assert "1 of 1 row could not be scored" in answer.err


def test_rows_that_fail_give_exit_code_3(score, tmp_path):
    write_csv(tmp_path / "in.csv", [["1", "so happy", ""], ["2", " ", ""]])
    answer = score(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "-q")
    assert answer.code == 3
    assert answer.err == (
        "emoticare: 1 of 2 rows could not be scored; the column emotion_error says why.\n"
    )
    assert [row["emotion_error"] for row in read_csv(tmp_path / "out.csv")] == ["", "no text"]
    strict = score(tmp_path / "in.csv", "-o", tmp_path / "strict.csv", "--strict")
    assert strict.code == 1
    assert "in.csv, row 2: expected a text that can be scored, found no text" in strict.err


def test_warnings_go_to_standard_output_too(score, tmp_path):
    write_csv(tmp_path / "in.csv", [["1", "so happy", ""], ["2", "12", ""]])
    options = ("--warnings", "--abstain", "--threshold", "0", "--quiet")
    answer = score(tmp_path / "in.csv", "-o", "-", *options)
    happy, none = csv.DictReader(answer.out.splitlines())
    assert (happy["emotion_warnings"], none["emotion_warnings"]) == ("", "too_short")
    assert (len(happy["emotion_labels"].split("|")), none["emotion_labels"]) == (28, "")


def test_columns_formats_scores_and_thresholds(score, table, tmp_path):
    options = ["--text-column", "n", "--scores", "top", "--threshold", "0", "--format", "tsv"]
    answer = score(table, "-o", f"{tmp_path}/out/", *options, "--shard-rows", 40)
    assert answer.code == 0
    shards = sorted(path.name for path in (tmp_path / "out").glob("part-*"))
    assert shards == ["part-00000-00000.tsv", "part-00000-00001.tsv"]
    with (tmp_path / "out" / shards[0]).open(newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"))
    assert row["emotion_labels"].split("|")[0] == row["emotion_top_label"]
    assert len(row["emotion_labels"].split("|")) == 28


def test_a_column_of_what_was_said_before(emoticare, context_model, tmp_path, tiny_with_context):
    rows = [["1", "so happy", "you are sad"], ["2", "so happy", ""]]
    write_csv(tmp_path / "in.csv", rows, header=("id", "text", "said"))
    options = ("--model", context_model, "--context-column", "said", "--scores", "top")
    answer = emoticare("score", tmp_path / "in.csv", "-o", tmp_path / "out.csv", *options)
    assert answer.code == 0
    expected = tiny_with_context.predict(["so happy"] * 2, context=["you are sad", None])
    with (tmp_path / "out.csv").open(newline="") as file:
        found = [row["emotion_labels"].split("|") for row in csv.DictReader(file)]
    assert found == [p.labels for p in expected]
    answer = emoticare(
        "score", tmp_path / "in.csv", "-o", "-", *options[:2], "--context-column", "x"
    )
    assert answer.code == 1
    assert "--context-column" in answer.err


def test_several_processes_give_the_same_bytes(score, table, tmp_path):
    score(table, "-o", tmp_path / "one.parquet", "--shard-rows", 8)
    answer = score(table, "-o", tmp_path / "two.parquet", "--shard-rows", 8, "--workers", 2)
    assert answer.code == 0
    assert (tmp_path / "two.parquet").read_bytes() == (tmp_path / "one.parquet").read_bytes()


def test_an_error_in_a_worker_is_an_answer(score, table, tmp_path):
    (tmp_path / "file").write_text("")
    answer = score(table, "-o", f"{tmp_path}/file/out/", "--format", "csv", "--workers", 2)
    assert answer.code == 1
    assert "could not be written" in answer.err


@pytest.mark.parametrize(
    "options",
    [
        ["-o", "out.csv", "--address", "auto"],
        ["-o", "-", "--workers", 2],
        ["-o", "-", "--restart"],
        ["-o", "-", "--engine", "ray"],
        ["-o", "-", "--format", "parquet"],
        ["-o", "out.csv", "--format", "xlsx"],
        ["-o", "out.xls"],
        ["-o", "out.jsonl", "--safe-for-spreadsheets"],
        ["-o", "-", "--format", "arrow", "--safe-for-spreadsheets"],
        ["-o", "out"],
        ["-o", "out.csv", "--format", "parquet"],
        ["-o", "out.csv", "--scores", "some"],
        ["-o", "out.csv", "--context-column", "n"],
        ["-o", "out.csv", "--context-column", "text"],
        ["-o", "out.csv", "--threshold", "2"],
        ["-o", "out.csv", "--shard-rows", 0],
        ["-o", "out.csv", "--device", "cuda:99"],
        ["-o", "-", "--device", "tpu"],
        ["-o", "out.csv", "--device", "auto", "--workers", 2],
        [],
    ],
    ids=str,
)
def test_options_that_make_no_sense(score, table, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    answer = score(table, *options)
    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_progress_on_a_terminal_shows_rate_and_time_left():
    from emoticare.bulk import Progress
    from emoticare.cli.progress import _description

    half = Progress(rows=3000, rows_this_run=2000, bytes_read=60, bytes_before=20, n_bytes=100)
    assert _description(half, 10.0) == "3,000 rows, 200 texts/s, 0:00:10 left"
    within = Progress(rows_in_work=500, bytes_in_work=25, n_bytes=100)
    assert _description(within, 10.0) == "500 rows, 50 texts/s, 0:00:30 left"
    unknown = Progress(rows=1, rows_this_run=1, failures=1)
    assert _description(unknown, 1.0) == "1 row, 1 texts/s, 1 not scored"


def shown_rows(terminal):
    """Yield when a terminal shows another number of rows, and the number."""
    text, last = "", None
    while True:
        try:
            text += os.read(terminal, 65_536).decode()
        except OSError:  # nobody holds its other end any more
            return
        found = re.findall(r"([\d,]+) rows, ", text)
        if found and found[-1] != last:
            last = found[-1]
            yield time.monotonic(), int(last.replace(",", ""))
        text = text[-100:]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_bar_moves_within_a_shard(tmp_path, tiny_model_folder, workers):
    n_rows = 30_000
    words = [f"{text} {text} again" for text in TEXTS]
    rows = [[str(i), words[i % 5], ""] for i in range(n_rows)]
    write_csv(tmp_path / "in.csv", rows)
    command = [sys.executable, "-m", "emoticare", "score", tmp_path / "in.csv"]
    command += ["-o", tmp_path / "out.csv", "--model", tiny_model_folder, "--workers", workers]
    ours, theirs = pytest.importorskip("pty").openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            shown = list(shown_rows(ours))
        finally:
            process.kill()
            os.close(ours)
    assert process.returncode == 0
    counts = [count for _, count in shown]
    assert counts == sorted(counts)
    assert counts[-1] == n_rows
    # All of it is one shard. On a busy machine a step may take longer, but no more rows.
    for (sooner, fewer), (later, more) in itertools.pairwise(shown):
        assert later - sooner < 1 or more - fewer <= n_rows / 4
    assert len(counts) >= 4
