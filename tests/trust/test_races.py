"""Runs that begin at once on one output: one does the work, the others are refused."""

import random
import subprocess
import time

import pytest
from killing import score_command
from score_tables import TEXTS, write_csv

N_RACES = 50
N_RUNS = 3


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("races") / "in.csv"
    write_csv(path, [[str(i), TEXTS[i % 5], ""] for i in range(1000)])
    return path


def test_races(table, tiny_model_folder, tmp_path, count):
    whole = tmp_path / "whole.csv"
    subprocess.run(score_command(table, whole, tiny_model_folder), check=True)
    for number in range(count(N_RACES)):
        rng = random.Random(number)
        out = tmp_path / f"{number}.csv"
        runs = []
        for _ in range(N_RUNS):
            command = score_command(table, out, tiny_model_folder)
            runs.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
            time.sleep(rng.choice([0, 0, rng.random() / 10, rng.random()]))
        errors = [run.communicate(timeout=300)[1] for run in runs]
        codes = sorted(run.returncode for run in runs)
        assert codes == [0, 2, 2], errors
        refused = [error for error in errors if error]
        assert all("no other run" in e or "Expected a new output" in e for e in refused)
        assert out.read_bytes() == whole.read_bytes()
        assert not out.with_suffix(".csv.partial").exists()
