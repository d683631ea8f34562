"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.errors import UsageError
from emoticare.stages.decision import Threshold

ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Folder of a model; the embedded one by default."),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder with train.tsv, dev.tsv and test.tsv; GoEmotions from the hub by default.",
    ),
]


def parse_thresholds(values: list[str]) -> Threshold:
    """Reads `0.3`, or `joy=0.2` any number of times.

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
