"""`emoticare train`: fine-tune a model and make an artifact of it."""

from typing import Annotated

import typer

from emoticare.cli.options import (
    BaseOption,
    BatchSizeOption,
    DataOption,
    DelimiterOption,
    EpochsOption,
    LabelsColumnOption,
    LabelsFileOption,
    LearningRateOption,
    OnProblem,
    OnProblemOption,
    RunOption,
    SeedOption,
    TestOption,
    TextColumnOption,
    ValidationOption,
    table_options,
)
from emoticare.cli.runs import print_model, print_result, resumable


def train(
    out: RunOption,
    preset: Annotated[
        str, typer.Option(help="The recipe: emoticare, distilbert or teacher.")
    ] = "emoticare",
    data: DataOption = None,
    base: BaseOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchSizeOption = None,
    learning_rate: LearningRateOption = None,
    seed: SeedOption = 0,
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
    from emoticare.training.run import TEACHER_FOLDER, train_model, train_teacher

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
    with resumable(out):
        if recipe.teacher:
            figures = train_teacher(dataset, recipe, out=out, seed=seed)
            print_result(str(out / TEACHER_FOLDER), figures)
        else:
            print_model(train_model(dataset, recipe, out=out, seed=seed), out)
