"""Which checkpoints of a run are whole.

The Trainer writes a checkpoint file by file and accepts half of one on resume. A marker written
last tells a whole one.
"""

import shutil
from pathlib import Path

_MARKER = "COMPLETE"
_PREFIX = "checkpoint-"


def mark_complete(checkpoint: Path) -> None:
    """Say that everything is in this checkpoint."""
    (checkpoint / _MARKER).touch()


def last_complete(run: Path) -> Path | None:
    """Return the newest whole checkpoint of a run, and deletes what a kill left half-written."""
    whole = []
    for path in run.glob(f"{_PREFIX}*"):
        if (path / _MARKER).exists():
            whole.append(path)
        else:
            shutil.rmtree(path)
    return max(whole, key=_step, default=None)


def remove_checkpoints(run: Path) -> None:
    """Delete all checkpoints of a run that has ended; its logs stay."""
    for path in run.glob(f"{_PREFIX}*"):
        shutil.rmtree(path)


def checkpoint_of(run: Path, step: int) -> Path:
    """Return the folder of the checkpoint taken at that step."""
    return run / f"{_PREFIX}{step}"


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix(_PREFIX))
