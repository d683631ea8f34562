"""How a training run ends, for the commands that train."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emoticare.errors import InterruptedRunError

if TYPE_CHECKING:
    from emoticare.model.artifact import ModelArtifact


@contextmanager
def resumable(out: Path) -> Iterator[None]:
    """Tell a user who presses Ctrl-C how to go on.

    Raises:
        InterruptedRunError: On Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            f"Stopped. The same command goes on from the last whole checkpoint in {out}."
        ) from error


def print_trained(result: "ModelArtifact | Mapping[str, float]", out: Path) -> None:
    """Print where a run's model or teacher is, and its figures on dev."""
    from emoticare.model.artifact import ModelArtifact
    from emoticare.training.run import MODEL_FOLDER, TEACHER_FOLDER

    if isinstance(result, ModelArtifact):
        place = f"{out / MODEL_FOLDER}  ({result.n_bytes / 1e6:.1f} MB)"
        print_result(place, result.config.provenance["validation"])
    else:
        print_result(str(out / TEACHER_FOLDER), result)


def print_result(place: str, figures: Mapping[str, float]) -> None:
    """Print a place and figures on dev, once where several processes train."""
    if int(os.environ.get("RANK", "0")):
        return
    typer.echo(place)
    typer.echo("  ".join(f"{name} {value:.4f}" for name, value in figures.items()) + "  (dev)")
