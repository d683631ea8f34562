"""The benchmark of scoring files runs, whatever has changed in what it measures."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "score_files.py"


def test_it_measures_two_sizes(tmp_path):
    (tmp_path / "train.tsv").write_text("so happy\t17\tid\nthank you\t15\tid\n", encoding="utf-8")
    command = [sys.executable, SCRIPT, "--data", tmp_path, "--rows", "20", "--work", tmp_path]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    figures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [one["rows"] for one in figures] == [2, 20]
    assert done.stdout.count("reading alone") == 2
