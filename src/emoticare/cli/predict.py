"""`emoticare predict`: the emotions of texts on the command line or from a pipe."""

import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import tee
from typing import Annotated

import typer

from emoticare.cli.options import (
    AbstainOption,
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    ThresholdOption,
    parse_thresholds,
)
from emoticare.errors import UsageError
from emoticare.stages.groups import check_groupable
from emoticare.stages.text import clean_texts


class OutputFormat(StrEnum):
    """How predictions are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def predict(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Texts; - or nothing reads one text a line."),
    ] = None,
    threshold: ThresholdOption = None,
    output_format: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="A table on a terminal, else jsonl.", show_default=False),
    ] = None,
    groups: Annotated[
        bool,
        typer.Option(
            "--groups", help="Print Ekman's six and positive, negative and ambiguous, too."
        ),
    ] = False,
    abstain: AbstainOption = False,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Print the emotions of texts.

    [bold]Examples[/bold]

      emoticare predict "I'm so proud of you!"

      emoticare predict --threshold 0.3 "Thanks!" "No way!"

      cat texts.txt | emoticare predict --format csv > emotions.csv

      emoticare predict -- "-_- a text that begins with a dash"
    """
    from emoticare.classifier import load
    from emoticare.cli.printing import PRINTERS

    chosen = output_format or (OutputFormat.TABLE if sys.stdout.isatty() else OutputFormat.JSONL)
    limits = parse_thresholds(threshold or [])
    classifier = load(model, domain=domain, overlay=overlay, device=device)
    if groups:
        check_groupable(classifier.labels)
    read, shown = tee(clean_texts(given_texts(texts or ["-"])))
    predictions = zip(
        shown, classifier.stream(read, threshold=limits, abstain=abstain), strict=True
    )
    PRINTERS[chosen.value](predictions, classifier.labels, groups)


def given_texts(arguments: list[str]) -> Iterator[str]:
    """Return the texts on the command line, or for `-` alone those on standard input, one a line.

    Raises:
        UsageError: If both are given, or standard input is closed.
    """
    if arguments != ["-"]:
        if "-" in arguments:
            raise UsageError("Expected texts, or - alone for standard input, found both.")
        return iter(arguments)
    if sys.stdin is None:
        raise UsageError("Expected texts, found none, and standard input is closed.")
    if sys.stdin.isatty():
        typer.echo("Type one text a line; end with Ctrl-D.", err=True)
    # One bad byte must cost one character, not the run; only a line feed ends a text.
    sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    return (line.rstrip("\r\n") for line in sys.stdin)
