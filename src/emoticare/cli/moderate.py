"""`emoticare moderate`: what a policy says about texts."""

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import (
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    PolicyOption,
    TextsArgument,
)
from emoticare.cli.printing import printable
from emoticare.cli.texts import answered, given_texts, note_names_of_files
from emoticare.errors import FailedRowsError, UsageError, number_of

if TYPE_CHECKING:
    from emoticare.data.faults import Faults
    from emoticare.meaning.moderation import Moderation

_STYLES = {"flag": "bold red", "review": "yellow", "allow": "green"}


class OutputFormat(StrEnum):
    """How verdicts are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


def moderate(
    texts: TextsArgument = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="A .csv, .tsv, .jsonl or .parquet table, or one text a line; repeatable.",
        ),
    ] = None,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the texts in tables.")
    ] = "text",
    policy: PolicyOption = None,
    sequence: Annotated[
        bool,
        typer.Option(
            "--sequence", help="Take the texts as one person's, in order: hysteresis applies."
        ),
    ] = False,
    output_format: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="A table on a terminal, else jsonl.", show_default=False),
    ] = None,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Say what a policy asks for each text: flag, review or allow, and why.

    Lines of a pipe are answered as they come.

    Scores of emotions cannot decide what breaks a rule; docs/moderation.md says what they can do.

    [bold]Examples[/bold]

      emoticare moderate "I hate this, you make me sick!"

      cat comments.txt | emoticare moderate --policy policy.toml > verdicts.jsonl

      emoticare moderate --file posts.csv --text-column body --format json
    """
    from emoticare.classifier import load
    from emoticare.data.faults import Faults
    from emoticare.meaning.moderation import Moderator, Policy

    chosen = output_format or (OutputFormat.TABLE if sys.stdout.isatty() else OutputFormat.JSONL)
    if texts and files:
        raise UsageError("Expected texts or --file, found both.")
    rules = Policy.read(policy) if policy else None
    faults = Faults("texts", "")
    found = iter([_file_texts(files, text_column, faults)]) if files else given_texts(texts)
    if not files:
        file = "emoticare moderate --file FILE"
        note_names_of_files(texts, for_tables=file, for_texts=file)
    moderator = Moderator(load(model, domain=domain, overlay=overlay, device=device), rules)
    session = moderator.session() if sequence else None
    _PRINTERS[chosen](answered(found, partial(moderator.stream, session=session)))
    if faults.count:
        raise FailedRowsError(
            f"Found no text that can be read in {number_of(faults.count, 'row')}: "
            f"{'; '.join(faults.shown)}."
        )


def _file_texts(files: Iterable[Path], text_column: str, faults: "Faults") -> Iterator[str]:
    from emoticare.data.faults import place, read_file, split_lines
    from emoticare.data.table_formats import TABLE_SUFFIXES, read_records

    for path in files:
        if path.suffix.lower() not in TABLE_SUFFIXES:
            for content in split_lines(read_file(path)):
                yield content.decode(errors="replace").rstrip("\r\n")
            continue
        for line, record in read_records(path, [text_column], faults):
            text = record.get(text_column)
            if isinstance(text, str):
                yield text
            else:
                faults.add(place(path, line), "no text")


Verdicts = Iterable[tuple[str, "Moderation"]]


def _print_table(verdicts: Verdicts) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    for text, moderation in verdicts:
        style = _STYLES[moderation.action.value]
        console.print(f"{moderation.action.value:<7}", style=style, end="")
        console.print(printable(text), soft_wrap=True)
        for finding in moderation.findings:
            note = f"{finding.category} ({finding.severity.value}): {finding.reason}"
            console.print(f"        {note}", style="dim", soft_wrap=True)


def _print_jsonl(verdicts: Verdicts) -> None:
    for text, moderation in verdicts:
        sys.stdout.write(_record(text, moderation) + "\n")


def _print_json(verdicts: Verdicts) -> None:
    separator = "[\n  "
    for text, moderation in verdicts:
        sys.stdout.write(separator + _record(text, moderation))
        separator = ",\n  "
    sys.stdout.write("[]\n" if separator.startswith("[") else "\n]\n")


def _record(text: str, moderation: "Moderation") -> str:
    return json.dumps({"text": text, **moderation.to_dict()}, ensure_ascii=False)


_PRINTERS = {
    OutputFormat.TABLE: _print_table,
    OutputFormat.JSON: _print_json,
    OutputFormat.JSONL: _print_jsonl,
}
