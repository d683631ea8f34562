"""`emoticare train`: fine-tune a model and make an artifact of it."""

from typing import Annotated

import typer

from emoticare.cli.mixture import read_dev_replies, read_everyday_dev, read_mixture
from emoticare.cli.options import (
    BaseOption,
    BatchSizeOption,
    DataOption,
    DelimiterOption,
    EpochsOption,
    EverydayDevOption,
    EverydayTextsOption,
    LabelsColumnOption,
    LabelsFileOption,
    LearningRateOption,
    MixOption,
    OnProblem,
    OnProblemOption,
    RunOption,
    SeedOption,
    TestOption,
    TextColumnOption,
    ValidationOption,
    table_options,
)
from emoticare.cli.runs import tell_downloads, train_and_print


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
    mix: MixOption = None,
    everyday: EverydayDevOption = None,
    texts: EverydayTextsOption = None,
    validation: ValidationOption = None,
    test: TestOption = None,
    text_column: TextColumnOption = "text",
    labels_column: LabelsColumnOption = "labels",
    delimiter: DelimiterOption = "|",
    labels_file: LabelsFileOption = None,
    on_problem: OnProblemOption = OnProblem.STOP,
) -> None:
    """Train a model, on GoEmotions or on your own labels.

    The same command again goes on where a stopped run left off. Presets begin with an encoder
    from the Hugging Face hub; `--base embedded` begins with the package's own model instead.

    [bold]Examples[/bold]

      emoticare train --data tickets.csv --base embedded --out runs/tickets

      emoticare train --data goemotions/ --base encoders/all-MiniLM-L6-v2 --out runs/first

      emoticare train --data tickets.csv --labels-column topic --out runs/topics
    """
    from emoticare.cli.warnings import warn_about, warn_about_few_steps
    from emoticare.data.source import load_dataset_from
    from emoticare.training.presets import load_preset
    from emoticare.training.run import check_extra

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
    check_extra()
    tell_downloads(recipe.base, data)
    dataset = load_dataset_from(data, validation, test, options)
    warn_about(dataset)
    warn_about_few_steps(dataset, recipe)
    mixture = read_mixture(mix, dataset.labels)
    train_and_print(
        dataset,
        recipe,
        out,
        seed=seed,
        mixture=mixture,
        everyday=read_everyday_dev(everyday, texts, dataset.labels),
        dev_replies=read_dev_replies(everyday, texts, dataset.labels),
    )
