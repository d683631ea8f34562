"""Standard input and output, in this process and in a real shell."""

import io
import subprocess
import sys

import pyarrow as pa
import pytest
from score_tables import N_ROWS, TEXTS, write_csv

from emoticare import UsageError
from emoticare.bulk import ScoreSettings, score_files, score_to_stream


@pytest.fixture
def pipe(monkeypatch, tiny_artifact):
    """Scores bytes on standard input to bytes."""

    def run(content, settings=None, **formats):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        sink = io.BytesIO()
        settings = ScoreSettings(**(settings or {}))
        summary = score_to_stream(["-"], sink, settings, model=tiny_artifact, **formats)
        return sink.getvalue(), summary

    return run


def test_standard_input_to_standard_output(pipe, table, score, tmp_path):
    score(table, tmp_path / "out.csv")
    content, summary = pipe(table.read_bytes())
    assert content == (tmp_path / "out.csv").read_bytes()
    assert (summary.rows, summary.rows_this_run) == (N_ROWS, N_ROWS)


def test_files_to_standard_output(table, score, tmp_path, tiny_artifact):
    score([table, table.with_name("in.csv")][:1], tmp_path / "out.jsonl")
    sink = io.BytesIO()
    score_to_stream([str(table)], sink, model=tiny_artifact, output_format="jsonl")
    assert sink.getvalue() == (tmp_path / "out.jsonl").read_bytes()


def test_an_arrow_stream_and_json_lines(pipe):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, pa.schema([("text", pa.string())])) as writer:
        writer.write_table(pa.table({"text": TEXTS}))
    content, _ = pipe(sink.getvalue(), input_format="arrow")
    assert pa.ipc.open_file(content).read_all()["text"].to_pylist() == TEXTS
    content, _ = pipe(b'{"text": "so happy", "n": 1.50}\n', input_format="jsonl")
    assert content.startswith(b'{"text": "so happy", "n": 1.50, "emotion_labels": [')


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        ({"output_format": "parquet"}, "cannot be written to standard output"),
        ({"input_format": "parquet"}, "cannot be read from standard input"),
        ({"input_format": "xlsx"}, "cannot be read from standard input"),
        ({"output_format": "xlsx"}, "cannot be written to standard output"),
        ({"input_format": "jsonl", "output_format": "csv"}, "only be written as JSON"),
        ({"input_format": "xls"}, "Expected a format"),
    ],
)
def test_what_a_pipe_cannot_hold(pipe, formats, message):
    with pytest.raises(UsageError, match=message):
        pipe(b"text\n", **formats)


def test_standard_input_to_a_file_cannot_be_resumed(monkeypatch, table, tmp_path, tiny_artifact):
    def run(**arguments):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(table.read_bytes())))
        settings = ScoreSettings(shard_rows=8)
        out = str(tmp_path / "out.csv")
        return score_files(["-"], out, settings, model=tiny_artifact, **arguments)

    def stop(progress):
        if progress.rows >= 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(on_progress=stop)
    with pytest.raises(UsageError, match="standard input cannot be resumed"):
        run()
    assert run(restart=True).rows == N_ROWS


@pytest.fixture
def shell(tiny_model_folder, tmp_path):
    def run(line):
        program = f"{sys.executable} -m emoticare score --model {tiny_model_folder}"
        script = f"set -o pipefail\n{line.replace('SCORE', program)}"
        return subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
        )

    return run


def test_a_shell_pipe_whose_reader_goes(shell, tmp_path):
    rows = [[str(i), TEXTS[i % 5]] for i in range(30_000)]
    write_csv(tmp_path / "file.csv", rows, header=("id", "body"))
    done = shell("cat file.csv | SCORE - --text-column body --output - | head -n 3")
    assert done.stdout.splitlines()[0] == "id,body,emotion_labels,emotion_error"
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == "note: what goes to standard output cannot be resumed\n"
    whole = shell("cat file.csv | SCORE - --text-column body --output - --quiet | wc -l")
    assert (whole.stdout.strip(), whole.returncode, whole.stderr) == ("30001", 0, "")


def test_bad_rows_in_a_shell_pipe(shell):
    done = shell("printf 'text\\nso happy\\n\\\"\\\"\\n' | SCORE - --output - --quiet")
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].endswith("no text")
    assert done.stderr.startswith("emoticare: 1 of 2 rows could not be scored")
