"""Where a run's base and code come from, for the model's provenance."""

import hashlib
import subprocess
from pathlib import Path

from emoticare.model.artifact import load_artifact
from emoticare.training.base_model import own_model


def base_name(base: str) -> str:
    """Return the base without the path of this machine that an absolute folder tells."""
    return Path(base).name if Path(base).is_absolute() else base


def base_sum(base: str) -> str | None:
    """Return the SHA-256 sum of a base's weights, or None for one from the hub."""
    if own := own_model(base):
        return load_artifact(own).digest
    weights = Path(base) / "model.safetensors"
    return hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else None


def commit() -> str | None:
    """Return the commit of the source tree that trained, or None for an installed package."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    return answer.stdout.strip() or None
