"""`emoticare train`: fine-tune a model and make an artifact of it."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.cli.options import (
    DataOption,
    DelimiterOption,
    LabelsColumnOption,
    LabelsFileOption,
    OnProblem,
    OnProblemOption,
    TestOption,
    TextColumnOption,
    ValidationOption,
    table_options,
)
from emoticare.errors import InterruptedRunError


def train(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run; the model is DIR/model.")
    ],
    preset: Annotated[
        str, typer.Option(help="The recipe: emoticare, distilbert or teacher.")
    ] = "emoticare",
    data: DataOption = None,
    base: Annotated[
        str | None,
        typer.Option(help="Pretrained encoder: hub id or folder; the recipe's by default."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the recipe's.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    validation: ValidationOption = None,
    test: TestOption = None,
    text_column: TextColumnOption = "text",
    labels_column: LabelsColumnOption = "labels",
    delimiter: DelimiterOption = "|",
    labels_file: LabelsFileOption = None,
    on_problem: OnProblemOption = OnProblem.STOP,
) -> None:
    """Train a model, on GoEmotions or on your own labels.

    The same command again goes on where a stopped run left off.

    [bold]Examples[/bold]

      emoticare train --data goemotions/ --base encoders/all-MiniLM-L6-v2 --out runs/first

      emoticare train --data tickets.csv --labels-column topic --out runs/tickets
    """
    from emoticare.cli.warnings import warn_about, warn_about_few_steps
    from emoticare.data.source import load_dataset_from
    from emoticare.training.presets import load_preset
    from emoticare.training.run import MODEL_FOLDER, TEACHER_FOLDER, train_model, train_teacher

    recipe = load_preset(
        preset, base=base, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate
    )
    options = table_options(
        text_column=text_column,
        labels_column=labels_column,
        delimiter=delimiter,
        seed=seed,
        on_problem=on_problem,
        labels_file=labels_file,
    )
    dataset = load_dataset_from(data, validation, test, options)
    warn_about(dataset)
    warn_about_few_steps(dataset, recipe)
    try:
        if recipe.teacher:
            figures = train_teacher(dataset, recipe, out=out, seed=seed)
            result = str(out / TEACHER_FOLDER)
        else:
            artifact = train_model(dataset, recipe, out=out, seed=seed)
            figures = artifact.config.provenance["validation"]
            result = f"{out / MODEL_FOLDER}  ({artifact.n_bytes / 1e6:.1f} MB)"
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            f"Stopped. The same command goes on from the last whole checkpoint in {out}."
        ) from error
    typer.echo(result)
    typer.echo("  ".join(f"{name} {value:.4f}" for name, value in figures.items()) + "  (dev)")
