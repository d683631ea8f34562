"""A hundred kills, over all formats: the result has the bytes of a run that was never stopped."""

import json
import os
import random
import subprocess

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from killing import run_and_kill, score_command
from score_tables import TEXTS

N_ROWS = 12_000
N_KILLS = 105
PAIRS = [
    ("csv", "csv"), ("csv", "parquet"), ("tsv", "jsonl.gz"), ("jsonl", "jsonl"),
    ("jsonl", "csv.zst"), ("parquet", "parquet"), ("arrow", "tsv"),
]  # fmt: skip


def write_table(path, ending):
    table = pa.table({"id": range(N_ROWS), "text": [TEXTS[i % 5] for i in range(N_ROWS)]})
    if ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    elif ending == "parquet":
        pa.parquet.write_table(table, path)
    elif ending == "arrow":
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    else:
        options = pa.csv.WriteOptions(delimiter="\t" if ending == "tsv" else ",")
        pa.csv.write_csv(table, path, options)


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
def test_kills(tiny_model_folder, tmp_path, count, pair):
    before, after = pair
    table = tmp_path / f"in.{before}"
    write_table(table, before)
    whole, out = tmp_path / f"whole.{after}", tmp_path / f"out.{after}"
    figures = tmp_path / "figures.json"
    command = score_command(table, whole, tiny_model_folder, "--summary", figures)
    subprocess.run(command, check=True)
    assert json.loads(figures.read_text())["rows"] == N_ROWS
    seed = int.from_bytes(os.urandom(4))
    rng = random.Random(seed)
    n_killed = 0
    for _ in range(count(N_KILLS // len(PAIRS))):
        workers = rng.choice([(), (), ("--workers", 2)])
        killed = score_command(table, out, tiny_model_folder, *workers)
        # A few shards each, so that the work is longer than all the kills.
        n_killed += run_and_kill(killed, tmp_path / f"out.{after}.partial", rng, most_shards=4)
    subprocess.run(score_command(table, out, tiny_model_folder), check=True)
    assert out.read_bytes() == whole.read_bytes(), f"seed {seed}"
    assert n_killed == count(N_KILLS // len(PAIRS)), "the work was too short"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {table.name, whole.name, out.name, figures.name}
