"""Ten million rows: none is lost, and memory does not grow with them."""

import json
import os
import subprocess
import sys

from score_tables import TEXTS

N_ROWS = 10_000_000


def write_rows(path, n_rows):
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{i},{TEXTS[i % 5]}\n" for i in range(n_rows))


def scored(model, table, out):
    """Return the figures of a run, and the most memory that it took, in kilobytes."""
    figures = out.with_suffix(".json")
    options = ["--model", model, "--quiet", "--summary", figures]
    command = [sys.executable, "-m", "emoticare", "score", table, "-o", out, *options]
    process = subprocess.Popen(list(map(str, command)))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(figures.read_text()), usage.ru_maxrss


def test_many_rows(tiny_model_folder, tmp_path, count):
    n_rows = count(N_ROWS)
    table = tmp_path / "in.csv"
    write_rows(table, max(1, n_rows // 10))
    _, few_kb = scored(tiny_model_folder, table, tmp_path / "few.csv")
    write_rows(table, n_rows)
    figures, many_kb = scored(tiny_model_folder, table, tmp_path / "many.csv")
    assert figures["rows"] == n_rows
    assert figures["failures"] == 0
    with (tmp_path / "many.csv").open() as file:
        next(file)
        n_right = sum(line.startswith(f"{i},") for i, line in enumerate(file))
    assert n_right == n_rows
    # Once a shard is full, more of them take no more; one shard is what is free to differ.
    assert many_kb < 1.5 * few_kb + 100_000
