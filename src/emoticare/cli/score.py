"""`emoticare score`: files of any size, the same rows with emotions added."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
from emoticare.cli.progress import row_progress
from emoticare.errors import FailedRowsError, InterruptedRunError, UsageError, number_of
from emoticare.model.files import check_plain, write_json

if TYPE_CHECKING:
    from emoticare.bulk import Progress, Summary
    from emoticare.bulk.engines import ShardEngine
    from emoticare.bulk.job import OnProgress

_STDOUT = "-"
_MANY = "Many at once"
_TAB = {"tab": "\t", "\\t": "\t"}


class Engine(StrEnum):
    """Who scores."""

    LOCAL = "local"
    RAY = "ray"


def score(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Files, folders, patterns, s3:// or gs:// addresses; - alone is standard input.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A file, a folder for shards (a new one with / at its end), or - for stdout.",
        ),
    ],
    text_column: Annotated[str, typer.Option(metavar="NAME", help="Column of the texts.")] = "text",
    context_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of what was said before each text, read by models that have learned to.",
        ),
    ] = None,
    scores: Annotated[
        Literal["none", "top", "all"],
        typer.Option(help="Add no scores, the best label and its score, or all scores."),
    ] = "none",
    threshold: ThresholdOption = None,
    groups: Annotated[
        bool,
        typer.Option("--groups", help="Add Ekman's six and positive, negative and ambiguous, too."),
    ] = False,
    warnings: Annotated[
        bool, typer.Option("--warnings", help="Add what the text is warned of.")
    ] = False,
    abstain: AbstainOption = False,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Of the output: csv, tsv, jsonl (each also .gz or .zst), json, parquet, arrow, "
            "xlsx or sqlite. By default its ending tells; a folder and stdout take that of the "
            "input.",
        ),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Where the ending does not tell; stdin is csv."),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="CHARACTER",
            help="Between values of CSV that is read; tab for a tab. By default it is found.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of CSV and JSON that is read, such as windows-1252. By default it is found.",
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Sheet of .xlsx that is read; table of SQLite, read or written."
        ),
    ] = None,
    safe_for_spreadsheets: Annotated[
        bool,
        typer.Option(
            "--safe-for-spreadsheets",
            help="Write no cell that a spreadsheet takes for a formula; CSV and TSV only.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first row that cannot be scored.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop what an earlier run did, and replace OUT.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    summary_file: Annotated[
        Path | None,
        typer.Option("--summary", metavar="FILE", help="Write the figures of the run as JSON."),
    ] = None,
    shard_rows: Annotated[
        int,
        typer.Option(
            min=1, help="Rows a shard, the most that a kill costs.", rich_help_panel=_MANY
        ),
    ] = 65_536,
    verify_inputs: Annotated[
        bool | None,
        typer.Option(
            "--verify-inputs/--no-verify-inputs",
            help="Tell by SHA-256, too, whether an input has changed; by default local ones of up "
            "to 1 GiB.",
            show_default=False,
            rich_help_panel=_MANY,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes; with --engine ray, actors of one processor each (all by default).",
            rich_help_panel=_MANY,
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="This machine, or Ray.", rich_help_panel=_MANY)
    ] = Engine.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(help="Of a Ray cluster; without it Ray starts here.", rich_help_panel=_MANY),
    ] = None,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Add emotions to the rows of files, whatever their size.

    A run that was killed goes on when the same command is given again, unless OUT is -. A row that
    cannot be scored keeps its place, with the reason in the column emotion_error, and the exit code
    is 3.

    [bold]Examples[/bold]

      emoticare score answers.csv --output scored.parquet

      emoticare score 'posts/*.jsonl.gz' --text-column body --scores all --output scored/

      emoticare score chats.csv --text-column reply --context-column said --output scored.csv

      cat tickets.csv | emoticare score - --output - | head

      emoticare score s3://bucket/in/ --output s3://bucket/out/ --engine ray --address auto
    """
    from emoticare.bulk import ScoreSettings, score_files, score_to_stream
    from emoticare.model.artifact import load_artifact

    _check_options(
        output, engine, address, workers, device, restart=restart, verifies=bool(verify_inputs)
    )
    settings = ScoreSettings(
        text_column=text_column,
        context_column=context_column,
        scores=scores,
        threshold=parse_thresholds(threshold or []),
        groups=groups,
        warnings=warnings,
        abstain=abstain,
        shard_rows=shard_rows,
        strict=strict,
        device=device,
        delimiter=_TAB.get(delimiter or "", delimiter),
        encoding=encoding,
        safe_for_spreadsheets=safe_for_spreadsheets,
        table=table,
    )
    job = partial(
        score_to_stream if output == _STDOUT else score_files,
        model=load_artifact(model, overlay, domain),
        input_format=input_format,
        output_format=output_format,
        on_note=None if quiet else _say,
    )
    if summary_file:
        check_plain(summary_file)  # before hours of work
    if output == _STDOUT and not quiet:
        _say("what goes to standard output cannot be resumed")
    kept = _KeptRows()
    with _resumable(output, kept), row_progress(quiet=quiet) as shown:
        on_progress = kept.told_to(shown)
        if output == _STDOUT:
            summary = job(inputs, sys.stdout.buffer, settings, on_progress=on_progress)
        else:
            summary = job(
                inputs,
                output,
                settings,
                engine=_engine(engine, address, workers),
                restart=restart,
                verify_inputs=verify_inputs,
                on_progress=on_progress,
            )
    if summary_file:
        write_json(summary_file, summary.to_json())
    _report(summary, quiet=quiet)


def _say(note: str) -> None:
    typer.echo(f"note: {note}", err=True)


def _check_options(
    output: str,
    engine: Engine,
    address: str | None,
    workers: int | None,
    device: str,
    *,
    restart: bool,
    verifies: bool,
) -> None:
    if device != "cpu" and (engine is Engine.RAY or (workers or 1) > 1):
        raise UsageError(
            "Expected --device with the one process that has the GPU, found it with --engine ray "
            "or --workers."
        )
    if address and engine is not Engine.RAY:
        raise UsageError("Expected --address with --engine ray, found it without.")
    if output == _STDOUT and (engine is Engine.RAY or workers or restart or verifies):
        raise UsageError(
            "Expected a file or folder as OUT with --engine ray, --workers, --restart and "
            "--verify-inputs, found standard output, which one process writes from the start."
        )


def _engine(engine: Engine, address: str | None, workers: int | None) -> "ShardEngine":
    if engine is Engine.RAY:
        from emoticare.bulk.ray_engine import RayEngine

        return RayEngine(address, workers)
    from emoticare.bulk.engines import ProcessEngine, SerialEngine

    return ProcessEngine(workers) if workers and workers > 1 else SerialEngine()


class _KeptRows:
    """Knows how many rows a stop would keep."""

    def __init__(self) -> None:
        self.n_rows = 0

    def told_to(self, shown: "OnProgress | None") -> "OnProgress":
        """Return what is called with the progress, and passes it on."""

        def tell(progress: "Progress") -> None:
            self.n_rows = progress.rows
            if shown is not None:
                shown(progress)

        return tell


@contextmanager
def _resumable(output: str, kept: _KeptRows) -> Iterator[None]:
    """Tell a user who presses Ctrl-C how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        if output == _STDOUT:
            raise InterruptedRunError(
                "Stopped. What goes to standard output cannot be resumed; name a file for that."
            ) from error
        if not kept.n_rows:
            raise InterruptedRunError(
                "Stopped before the first shard was whole. The same command begins anew; fewer "
                "--shard-rows leave more to go on from."
            ) from error
        raise InterruptedRunError(
            f"Stopped. The same command goes on from the last whole shard of {output}, after "
            f"{number_of(kept.n_rows, 'row')}."
        ) from error


def _report(summary: "Summary", *, quiet: bool) -> None:
    if not quiet:
        typer.echo(
            f"{number_of(summary.rows, 'row')}, {summary.rows_this_run:,} of them in this run of "
            f"{summary.seconds:.1f} s ({summary.texts_per_second:,.0f} texts/s)",
            err=True,
        )
    if summary.failures:
        raise FailedRowsError(
            f"{summary.failures:,} of {number_of(summary.rows, 'row')} could not be scored; the "
            "column emotion_error says why."
        )
