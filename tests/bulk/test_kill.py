"""Real processes, killed without warning."""

import os
import random
import re
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
from killing import run_and_kill, score_command, wait_for_shards
from score_tables import TEXTS, read_csv, write_csv

N_ROWS = 12_000


@pytest.fixture(scope="module")
def long_table(tmp_path_factory):
    path = tmp_path_factory.mktemp("kill") / "in.csv"
    rows = [[str(i), TEXTS[i % 5], TEXTS[i % 3] if i % 2 else ""] for i in range(N_ROWS)]
    write_csv(path, rows, header=("id", "text", "said"))
    return path


@pytest.fixture(scope="module")
def context_model_folder(tiny_with_context, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny-with-context") / "model"
    tiny_with_context.artifact.save(folder)
    return folder


def rows_of(path):
    """Return the rows of a workbook or of a database."""
    if path.suffix == ".xlsx":
        import openpyxl

        return list(openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True))
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM scored").fetchall()


@pytest.fixture
def command(long_table, context_model_folder):
    """Makes the command line that scores the long table."""

    def arguments(out, *more):
        return score_command(long_table, out, context_model_folder, *more)

    return arguments


@pytest.mark.parametrize(
    ("n_kills", "options"),
    [(10, []), (2, ["--workers", "2"]), (3, ["--context-column", "said"])],
    ids=["one process", "two workers", "with context"],
)
def test_kills_at_random_moments(command, tmp_path, n_kills, options):
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    context = [] if "--workers" in options else options
    subprocess.run(command(whole, *context), check=True)
    seed = int.from_bytes(os.urandom(4))
    rng = random.Random(seed)
    killed = [
        run_and_kill(command(out, *options), tmp_path / "out.csv.partial", rng)
        for _ in range(n_kills)
    ]
    assert all(killed), "the work was too short"
    subprocess.run(command(out, *options), check=True)
    assert out.read_bytes() == whole.read_bytes(), f"seed {seed}"
    assert [row["id"] for row in read_csv(out)] == [str(i) for i in range(N_ROWS)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "whole.csv"]


@pytest.mark.parametrize("ending", ["xlsx", "db"])
def test_kills_of_files_that_are_put_together_at_the_end(tmp_path, tiny_model_folder, ending):
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
    table = tmp_path / "in.csv"
    write_csv(table, [[str(i), TEXTS[i % 5], ""] for i in range(6000)])
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    subprocess.run(score_command(table, whole, tiny_model_folder), check=True)
    rng = random.Random(3)
    command = score_command(table, out, tiny_model_folder)
    killed = [run_and_kill(command, tmp_path / f"{out.name}.partial", rng) for _ in range(3)]
    assert all(killed), "the work was too short"
    subprocess.run(command, check=True)
    assert out.read_bytes() == whole.read_bytes()
    assert [row[0] for row in rows_of(out)] == [str(i) for i in range(6000)]
    assert {path.name for path in tmp_path.iterdir()} == {table.name, out.name, whole.name}


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["one process", "two workers"])
def test_ctrl_c_leaves_what_can_be_resumed_and_says_so(command, tmp_path, workers):
    out = tmp_path / "out.csv"
    process = subprocess.Popen(
        command(out, *workers), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    # More than workers may have at once, so that some are known to be done.
    wait_for_shards(tmp_path / "out.csv.partial", 8, process)
    os.killpg(process.pid, signal.SIGINT)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    told = re.fullmatch(
        rf"emoticare: Stopped\. The same command goes on from the last whole shard of "
        rf"{re.escape(str(out))}, after ([\d,]+) rows\.\n",
        stderr,
    )
    assert told, stderr
    assert 0 < int(told[1].replace(",", "")) < N_ROWS
    subprocess.run(command(out, *workers), check=True)
    assert len(read_csv(out)) == N_ROWS


def test_a_second_process_on_one_output_is_refused(command, tmp_path):
    out = tmp_path / "out.csv"
    first = subprocess.Popen(command(out))
    wait_for_shards(tmp_path / "out.csv.partial", 1, first)
    second = subprocess.run(command(out), capture_output=True, text=True, check=False)
    assert first.poll() is None, "the first run was over too soon"
    assert second.returncode == 2
    assert "no other run" in second.stderr
    assert first.wait(timeout=120) == 0
    assert len(read_csv(out)) == N_ROWS
