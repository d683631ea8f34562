"""`emoticare train`: fine-tune a model and make an artifact of it."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.cli.options import DataOption


def train(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run; the model is DIR/model.")
    ],
    preset: Annotated[str, typer.Option(help="The recipe: emoticare or distilbert.")] = "emoticare",
    data: DataOption = None,
    base: Annotated[
        str | None,
        typer.Option(help="Pretrained encoder: hub id or folder; the recipe's by default."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the recipe's.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Train a model; the same command again goes on where a stopped run left off.

    [bold]Example[/bold]

      emoticare train --data goemotions/ --base encoders/all-MiniLM-L6-v2 --out runs/first
    """
    from emoticare.cli.warnings import warn_about
    from emoticare.data.source import load_dataset_from
    from emoticare.training.presets import load_preset
    from emoticare.training.run import MODEL_FOLDER, train_model

    recipe = load_preset(
        preset, base=base, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate
    )
    dataset = load_dataset_from(data)
    warn_about(dataset)
    artifact = train_model(dataset, recipe, out=out, seed=seed)
    figures = artifact.config.provenance["validation"]
    typer.echo(f"{out / MODEL_FOLDER}  ({artifact.n_bytes / 1e6:.1f} MB)")
    typer.echo("  ".join(f"{name} {value:.4f}" for name, value in figures.items()) + "  (dev)")
