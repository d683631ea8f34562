"""`emoticare report`: what a file of texts feels, over time and by group, on one page."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.cli.options import (
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    ThresholdOption,
    parse_thresholds,
)
from emoticare.cli.progress import row_progress
from emoticare.errors import UsageError
from emoticare.model.files import write_file


def report(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Files, folders, patterns, s3:// or gs:// addresses; - alone is standard input.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="HTML", help="The page that is written.")
    ],
    text_column: Annotated[str, typer.Option(metavar="NAME", help="Column of the texts.")] = "text",
    time_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the times.")
    ] = None,
    group_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the groups to compare.")
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Whose calendar counts, such as Europe/Berlin; also of bare times."
        ),
    ] = "UTC",
    time_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT", help="Of times in no common form, such as '%d.%m.%Y %H:%M'."
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Keep every text out: no examples.")
    ] = False,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each figure as PNG and CSV, too."),
    ] = None,
    title: Annotated[str, typer.Option(help="Heads the page.")] = "Emotions in texts",
    threshold: ThresholdOption = None,
    input_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Where the ending does not tell; stdin is csv."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Show what texts feel, over time and by group, on one page.

    The page is one file that loads nothing; files that `emoticare score --scores all` wrote are not
    scored again. Memory does not grow with the number of rows.

    [bold]Examples[/bold]

      emoticare report reviews.csv --time-column date --output report.html

      emoticare report tickets.parquet --text-column body --time-column created_at
      --group-column queue --timezone Europe/Berlin --private --figures figures/ -o report.html
    """
    from emoticare.model.artifact import load_artifact
    from emoticare.report import ReportSettings, make_report

    if output.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f"Expected an output that ends in .html, found {output}. Name it so.")
    if str(output) in inputs:
        raise UsageError("Expected an output apart from the inputs, found it among them.")
    settings = ReportSettings(
        text_column=text_column,
        time_column=time_column,
        group_column=group_column,
        timezone=timezone,
        time_format=time_format,
        threshold=parse_thresholds(threshold or []),
        private=private,
        title=title,
        device=device,
    )
    with row_progress(quiet=quiet) as on_progress:
        made = make_report(
            inputs,
            settings,
            model=load_artifact(model, overlay, domain),
            input_format=input_format,
            on_progress=on_progress,
        )
    write_file(output, made.to_html().encode())
    if figures:
        made.write_figures(figures)
    if not quiet:
        counts = made.summary.quality
        typer.echo(f"{counts.scored:,} of {counts.rows:,} rows are in {output}", err=True)
