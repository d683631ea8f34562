"""What a user should know about a data set, on stderr."""

import math
from typing import TYPE_CHECKING

import typer

from emoticare.data.dataset import Dataset
from emoticare.data.goemotions import check_official_counts, repeated_across_splits
from emoticare.errors import number_of
from emoticare.labels import LABELS

if TYPE_CHECKING:
    from emoticare.evaluation.gold import Gold
    from emoticare.model.artifact import ModelArtifact
    from emoticare.training.presets import Preset

# Below this a fresh head has hardly moved from where it began.
_FEWEST_STEPS = 100


def warn_about(dataset: Dataset) -> None:
    """Print odd counts, what was left out, and texts that stand in several splits."""
    odd_counts = check_official_counts(dataset) if dataset.labels == LABELS else []
    for line in (*odd_counts, *dataset.dropped):
        _warn(line)
    repeated = {pair: n for pair, n in repeated_across_splits(dataset).items() if n}
    if repeated:
        counts = ", ".join(f"{n} in {a} and {b}" for (a, b), n in repeated.items())
        _warn(
            f"some texts stand in more than one split ({counts}). The rows are kept; "
            "evaluation also reports the figures without them."
        )


def warn_about_few_steps(dataset: Dataset, preset: "Preset") -> None:
    """Return where a small data set leaves a recipe too few steps to learn much."""
    n_steps = math.ceil(len(dataset.train) / preset.batch_size) * preset.epochs
    if n_steps < _FEWEST_STEPS:
        _warn(
            f"{number_of(len(dataset.train), 'training text')}, "
            f"{number_of(preset.epochs, 'epoch')} and batches of {preset.batch_size} make "
            f"{number_of(n_steps, 'step')}, too few to learn much. "
            "Raise --epochs or lower --batch-size."
        )


def warn_about_another_cut(gold: "Gold", artifact: "ModelArtifact") -> None:
    """Return where a single file is not the one that was cut for training the model."""
    trained_on = artifact.config.provenance_part("data").get("checksum")
    if trained_on and gold.checksum and trained_on != gold.checksum:
        _warn(
            "this is not the data that the model was trained on, so the file was cut in another "
            "way. If it holds training texts, the figures are too good. To measure on the whole "
            "file: --split all."
        )


def _warn(line: str) -> None:
    typer.echo(f"warning: {line}", err=True)
