"""Cold starts: from the start of a process to its first answer."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from emoticare.errors import EmoticareError
from emoticare.evaluation.benchmark.worker import quiet_environment

TEXT: Final = "I'm so proud of everything we've built together!"

_PIPELINE: Final = """
import sys
from transformers import pipeline
print(pipeline("text-classification", model=sys.argv[1], top_k=None)(sys.argv[2]))
"""


def own_command(model: Path | None) -> list[str]:
    """Return the command line of EmotiCare for one text."""
    chosen = ["--model", str(model)] if model else []
    return [sys.executable, "-m", "emoticare", "predict", "--format", "jsonl", *chosen, TEXT]


def pipeline_command(folder: Path) -> list[str]:
    """Return `python -c` with a Hugging Face pipeline for one text."""
    return [sys.executable, "-c", _PIPELINE, str(folder), TEXT]


def first_answer_s(command: Sequence[str]) -> float:
    """Start a process and return the seconds until its first line.

    Raises:
        EmoticareError: If it fails.
    """
    start_s = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - one of the two commands above
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=quiet_environment(),
    ) as process:
        line = process.stdout.readline() if process.stdout else b""
        seconds = time.perf_counter() - start_s
        process.communicate()
    if not line or process.returncode:
        raise EmoticareError(
            f"Expected an answer of the process whose start is measured, found status "
            f"{process.returncode}. Run it by hand: {Path(command[0]).name} {command[1]} …"
        )
    return seconds
