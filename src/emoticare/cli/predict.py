"""`emoticare predict`: the emotions of texts on the command line or from a pipe."""

import sys
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from emoticare.cli.options import (
    AbstainOption,
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    TextsArgument,
    ThresholdOption,
    parse_thresholds,
)
from emoticare.cli.printing import PRINTERS, ScoresShown, Shown
from emoticare.cli.texts import (
    answered,
    given_texts,
    is_prompt,
    note_names_of_files,
    reads_lines,
)
from emoticare.errors import UsageError
from emoticare.stages.groups import check_groupable


class OutputFormat(StrEnum):
    """How predictions are printed."""

    TABLE = "table"
    LINES = "lines"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def predict(
    texts: TextsArgument = None,
    context: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="What was said before the one text, by models that read it."
        ),
    ] = None,
    threshold: ThresholdOption = None,
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--format",
            help="On a terminal a table, or lines where texts are lines of a pipe; else jsonl.",
            show_default=False,
        ),
    ] = None,
    scores: Annotated[
        ScoresShown | None,
        typer.Option(
            help="Of all labels, of those found, or of none. Lines have those found by default, a "
            "table the next best, too, and JSON and CSV all.",
            show_default=False,
        ),
    ] = None,
    labels_only: Annotated[
        bool, typer.Option("--labels-only", help="The same as --scores none.")
    ] = False,
    top_k: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", min=1, help="So many best scores instead, found or not."),
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

    Lines of a pipe are answered as they come. Off a terminal each text becomes a line of JSON with
    all scores, unless an option says otherwise.

    [bold]Examples[/bold]

      emoticare predict "I'm so proud of you!"

      emoticare predict --threshold 0.3 "Thanks!" "No way!"

      emoticare predict --context "We lost the house." "Oh great."

      tail -f chat.log | emoticare predict

      cat texts.txt | emoticare predict --format csv > emotions.csv

      emoticare predict -- "-_- a text that begins with a dash"
    """
    from emoticare.classifier import load

    shown = Shown(
        _scores(scores, labels_only, top_k), top_k, groups=groups, text=not is_prompt(texts)
    )
    limits = parse_thresholds(threshold or [])
    if context is not None:
        _check_one_text(texts)
    found = given_texts(texts)
    note_names_of_files(
        texts,
        for_tables="emoticare score FILE --output OUT",
        for_texts="emoticare read FILE, or emoticare predict < FILE for one text a line",
    )
    classifier = load(model, domain=domain, overlay=overlay, device=device)
    if groups:
        check_groupable(classifier.labels)
    answer = partial(
        classifier.stream,
        context=None if context is None else [context],
        threshold=limits,
        abstain=abstain,
    )
    predictions = answered(found, answer)
    PRINTERS[(output_format or _default_format(texts)).value](predictions, classifier.labels, shown)


def _check_one_text(texts: list[str] | None) -> None:
    if reads_lines(texts) or len(texts or ()) > 1:
        found = "lines of standard input" if reads_lines(texts) else "several"
        raise UsageError(
            f"Expected one text with --context, found {found}. Many replies, each with what was "
            "said before it: emoticare score --context-column."
        )


def _scores(scores: ScoresShown | None, labels_only: bool, top_k: int | None) -> ScoresShown | None:
    if sum((scores is not None, labels_only, top_k is not None)) > 1:
        raise UsageError(
            "Expected one of --scores, --labels-only and --top-k, found several. Leave out all but "
            "one."
        )
    return ScoresShown.NONE if labels_only else scores


def _default_format(texts: list[str] | None) -> OutputFormat:
    if not sys.stdout.isatty():
        return OutputFormat.JSONL
    return OutputFormat.LINES if reads_lines(texts) else OutputFormat.TABLE
