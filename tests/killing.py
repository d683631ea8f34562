"""Runs of `emoticare score` that are killed while they work."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from score_tables import contents

SHARD_ROWS = 100


def score_command(table: Path, out: Path, model: Path, *options: object) -> list[str]:
    """Return the command line that scores a table in small shards."""
    settings = ["--model", model, "--shard-rows", SHARD_ROWS, "--quiet", *options]
    return list(map(str, [sys.executable, "-m", "emoticare", "score", table, "-o", out, *settings]))


def n_shards(folder: Path) -> int:
    return len(contents(folder)) if folder.is_dir() else 0


def wait_for_shards(folder: Path, n: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while n_shards(folder) < n and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def run_and_kill(
    command: list[str], folder: Path, rng: random.Random, most_shards: int = 8
) -> bool:
    """Kill a run at a random moment of its work; says whether it was still at work."""
    aim = n_shards(folder) + rng.randint(1, most_shards)
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    wait_for_shards(folder, aim, process)
    time.sleep(rng.random() / 50)
    process.send_signal(signal.SIGKILL)
    # Its workers hold this pipe too, so this also waits for their end.
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL
