"""How a training run begins and ends, for the commands that train."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from emoticare.errors import InterruptedRunError

if TYPE_CHECKING:
    from emoticare.data.dataset import Dataset
    from emoticare.data.everyday import EverydayTexts
    from emoticare.model.artifact import ModelArtifact
    from emoticare.training.presets import Preset


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


def train_and_print(
    dataset: "Dataset",
    recipe: "Preset",
    out: Path,
    *,
    dev_replies: "EverydayTexts | None" = None,
    **arguments: Any,
) -> None:
    """Train a model, or a teacher where the recipe says so; then say where it is.

    Args:
        dataset: As for `train_model`.
        recipe: Likewise.
        out: Likewise.
        dev_replies: Likewise; a teacher has no use for them.
        arguments: Further ones of `train_model`.
    """
    from emoticare.cli.progress import training_progress
    from emoticare.training.run import train_model, train_teacher

    train_any = train_teacher if recipe.teacher else partial(train_model, dev_replies=dev_replies)
    with resumable(out):
        with training_progress() as on_progress:
            result = train_any(dataset, recipe, out=out, on_progress=on_progress, **arguments)
        print_trained(result, out)


def tell_downloads(base: str, data: Path | None) -> None:
    """Say on stderr what comes from the Hugging Face hub, before anything does."""
    from emoticare.data.hub import GOEMOTIONS_REPO
    from emoticare.training.base_model import EMBEDDED

    if data is None:
        _tell(f"the data {GOEMOTIONS_REPO}", "--data PATH")
    # A path of several folders is no name on the hub.
    if base != EMBEDDED and base.count("/") <= 1 and not Path(base).exists():
        _tell(f"the base {base}", f"--base {EMBEDDED}")


def _tell(what: str, instead: str) -> None:
    if is_first_process():
        typer.echo(
            f"{what} comes from the Hugging Face hub, or from its cache on this machine; "
            f"{instead} needs no download.",
            err=True,
        )


def is_first_process() -> bool:
    """Return whether this is the process that speaks, where several train."""
    return int(os.environ.get("RANK", "0")) == 0


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
    if not is_first_process():
        return
    typer.echo(place)
    typer.echo("  ".join(f"{name} {value:.4f}" for name, value in figures.items()) + "  (dev)")
