"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.errors import UsageError
from emoticare.stages.decision import Threshold

if TYPE_CHECKING:
    from emoticare.data.tabular import TableOptions

TextsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TEXT]...", help="Texts; - or nothing reads one text a line."),
]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Folder of a model; the embedded one by default."),
]
DomainOption = Annotated[
    str | None,
    typer.Option(
        "--domain",
        metavar="everyday|reddit",
        help="The kind of text that thresholds and calibration are for; the model's own choice by "
        "default.",
    ),
]
OverlayOption = Annotated[
    Path | None,
    typer.Option(
        "--overlay",
        metavar="FILE",
        help="Your own thresholds and calibration, as `emoticare tune` writes them.",
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="cpu|cuda|auto",
        help="The processor, a GPU (cuda:1 for the second), or a GPU if there is one.",
    ),
]
ThresholdOption = Annotated[
    list[str] | None,
    typer.Option(
        "--threshold",
        metavar="NUMBER|LABEL=NUMBER",
        help="One for all labels, or one a label; the model's own by default.",
    ),
]
AbstainOption = Annotated[
    bool,
    typer.Option("--abstain", help="No labels for another language, no prose at all, or no word."),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="Moderation policy; the package's by default."),
]
RunOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the run; the model is DIR/model.")
]
BaseOption = Annotated[
    str | None,
    typer.Option(
        "--base",
        help="Pretrained encoder: hub id or folder, or embedded for the package's own model, "
        "without a download; the recipe's by default.",
    ),
]
EpochsOption = Annotated[
    int | None, typer.Option("--epochs", min=1, help="Instead of the recipe's.")
]
BatchSizeOption = Annotated[
    int | None, typer.Option("--batch-size", min=1, help="Instead of the recipe's.")
]
LearningRateOption = Annotated[
    float | None, typer.Option("--learning-rate", help="Instead of the recipe's.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of everything random.")]
UnlabelledOption = Annotated[
    list[Path] | None,
    typer.Option("--unlabelled", metavar="FILE", help="Texts without labels; repeatable."),
]
MixOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mix",
        metavar="FILE=SHARE",
        help="A further source (.jsonl with text and labels as probabilities) and its share of "
        "what the model sees; repeatable.",
    ),
]
XedOption = Annotated[
    Path | None,
    typer.Option(
        "--xed", metavar="FILE", help="Measure on XED's annotated lines, too: out of domain."
    ),
]
EverydayOption = Annotated[
    Path | None,
    typer.Option(
        "--everyday", metavar="DIR", help="Measure on the everyday corpus; alone without --data."
    ),
]
EverydayDevOption = Annotated[
    Path | None,
    typer.Option(
        "--everyday", metavar="DIR", help="Choose the checkpoint on the everyday corpus' dev, too."
    ),
]
EverydayTextsOption = Annotated[
    Path | None,
    typer.Option(
        "--texts",
        metavar="DIR",
        help="The sources of the corpus' real texts; without them, written texts alone.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Folder with train.tsv, dev.tsv and test.tsv of GoEmotions, or a file or folder of "
        "your own; GoEmotions from the hub by default.",
    ),
]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write all figures as JSON.")
]

_OWN_DATA = "Your own labelled texts (CSV, TSV, JSONL or Parquet)"


class OnProblem(StrEnum):
    """What to do about rows and labels that would spoil training."""

    STOP = "stop"
    DROP = "drop"


TextColumnOption = Annotated[
    str, typer.Option(metavar="NAME", help="Column of the texts.", rich_help_panel=_OWN_DATA)
]
LabelsColumnOption = Annotated[
    str, typer.Option(metavar="NAME", help="Column of the labels.", rich_help_panel=_OWN_DATA)
]
DelimiterOption = Annotated[
    str,
    typer.Option(
        metavar="MARK",
        help='Between the labels of a row; "" where a value is always one label.',
        rich_help_panel=_OWN_DATA,
    ),
]
ValidationOption = Annotated[
    Path | None,
    typer.Option(
        "--validation",
        metavar="FILE",
        help="The validation split, where --data is the file of the train split. Without it and "
        "--test, one file is cut 80 : 10 : 10.",
        rich_help_panel=_OWN_DATA,
    ),
]
TestOption = Annotated[
    Path | None,
    typer.Option(
        "--test", metavar="FILE", help="The test split, likewise.", rich_help_panel=_OWN_DATA
    ),
]
OnProblemOption = Annotated[
    OnProblem,
    typer.Option(
        help="Stop at repeated texts, malformed rows and rare labels, or drop them.",
        rich_help_panel=_OWN_DATA,
    ),
]
LabelsFileOption = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help="The label set in its order, one a line; the labels that occur by default.",
        rich_help_panel=_OWN_DATA,
    ),
]


def table_options(
    *,
    text_column: str,
    labels_column: str,
    delimiter: str,
    seed: int,
    on_problem: OnProblem = OnProblem.STOP,
    labels_file: Path | None = None,
) -> "TableOptions":
    """Return how to read a user's own files.

    Args:
        text_column: Holds the texts.
        labels_column: Holds the labels.
        delimiter: Between the labels of a row; empty where a value is always one label.
        seed: Of the cut of a single file.
        on_problem: Whether to stop at rows and labels that would spoil training.
        labels_file: The label set, one name a line.

    Raises:
        DataError: If the label set cannot be read.
        UsageError: If a value makes no sense.
    """
    from emoticare.data.tabular import TableOptions, read_label_names

    return TableOptions(
        text_column=text_column,
        labels_column=labels_column,
        delimiter=delimiter or None,
        labels=read_label_names(labels_file) if labels_file else None,
        seed=seed,
        on_problem=on_problem.value,
    )


def parse_thresholds(values: list[str]) -> Threshold:
    """Read `0.3`, or `joy=0.2` any number of times.

    Raises:
        UsageError: If a value is neither, or both kinds are mixed.
    """
    if not values:
        return None
    if len(values) == 1 and "=" not in values[0]:
        return _number(values[0])
    by_label = {}
    for value in values:
        label, equals, number = value.partition("=")
        if not equals:
            raise UsageError(
                f"Expected --threshold once as a number, or as LABEL=NUMBER, found {value!r}."
            )
        by_label[label.strip()] = _number(number)
    return by_label


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise UsageError(f"Expected a number from 0 to 1 as threshold, found {value!r}.") from error
