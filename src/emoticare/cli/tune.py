"""`emoticare tune`: thresholds and calibration of your own, from your own labelled texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import (
    DelimiterOption,
    JsonFileOption,
    LabelsColumnOption,
    ModelOption,
    OnProblem,
    OnProblemOption,
    SeedOption,
    TextColumnOption,
    table_options,
)
from emoticare.errors import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from emoticare.evaluation.bootstrap import Interval
    from emoticare.training.tuning import LabelReport, TuningReport


def tune(
    data: Annotated[
        Path,
        typer.Argument(metavar="LABELS", help="Labelled texts: CSV, TSV, JSONL or Parquet."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The overlay to write.")],
    objective: Annotated[
        str,
        typer.Option(
            metavar="f1|precision=NUMBER|recall=NUMBER",
            help="The best F1, or a promise: right so often, or found so often.",
        ),
    ] = "f1",
    split: Annotated[
        str, typer.Option(help="all for every row of a file; of a folder train, dev or test.")
    ] = "all",
    text_column: TextColumnOption = "text",
    labels_column: LabelsColumnOption = "labels",
    delimiter: DelimiterOption = "|",
    on_problem: OnProblemOption = OnProblem.STOP,
    json_file: JsonFileOption = None,
    seed: SeedOption = 0,
    model: ModelOption = None,
) -> None:
    """Fit thresholds and calibration to your own labelled texts.

    The overlay is a small file that every command that scores takes as --overlay, and the library
    as emoticare.load(overlay=...). A label that cannot keep the promise, or has too few texts, is
    said to and keeps the model's own decisions.

    [bold]Examples[/bold]

      emoticare tune labels.csv --out overlay.json

      emoticare tune labels.csv --objective precision=0.9 --out overlay.json

      emoticare predict --overlay overlay.json "Thanks!"
    """
    from emoticare.classifier import load
    from emoticare.cli.progress import scoring_progress, text_progress
    from emoticare.evaluation.gold import load_gold
    from emoticare.evaluation.scoring import check_labels, counted
    from emoticare.model.files import write_file, write_json
    from emoticare.training.tuning import Objective
    from emoticare.training.tuning import tune as run

    wanted = Objective.parse(objective)
    classifier = load(model)
    options = table_options(
        text_column=text_column,
        labels_column=labels_column,
        delimiter=delimiter,
        seed=seed,
        on_problem=on_problem,
    )
    gold = load_gold(data, split, model_labels=classifier.labels, options=options)
    check_labels(gold.labels, classifier.labels)
    with scoring_progress(gold.split, n_models=1) as on_progress:
        logits = classifier.predict_logits(counted(gold.split.texts, on_progress))
    with text_progress("Tuning", 6) as on_fold:
        tuning = run(
            classifier.artifact, logits, gold.split.multi_hot, wanted, seed=seed, on_fold=on_fold
        )
    write_file(out, tuning.overlay.to_bytes())
    if json_file:
        write_json(json_file, tuning.report.to_json())
    _print(tuning.report)
    typer.echo(f"written: {out}", err=True)


def _print(report: "TuningReport") -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.print(
        f"Tuned for {report.objective} on {number_of(report.n_texts, 'text')}", style="bold"
    )
    tuned = {label: row for label, row in report.labels.items() if row.status == "tuned"}
    if tuned:
        console.print(_table(tuned))
        console.print("after →: cross-validated, with 95% intervals", style="dim")
    if report.macro_f1_change:
        console.print(f"macro-F1 of the tuned labels  {_interval(report.macro_f1_change)}")
    losses = ", ".join(f"{name} {loss:.4f}" for name, loss in report.log_loss.items())
    console.print(f"calibration  {report.calibration} (log-loss on held-out texts: {losses})")
    unreachable = [
        f"{label} ({row.promise:.2f} is sure at best)"
        for label, row in report.labels.items()
        if row.status == "not reachable" and row.promise is not None
    ]
    if unreachable:
        console.print(f"not reachable  {', '.join(unreachable)}")
    few = [
        f"{label} ({row.n_positive} of {row.needed})"
        for label, row in report.labels.items()
        if row.status == "too few texts"
    ]
    if few:
        console.print(f"too few texts with or without the label  {', '.join(few)}")
    if few or unreachable:
        console.print("These labels keep the model's own decisions.", style="dim")


def _table(rows: "Mapping[str, LabelReport]") -> "Table":
    from rich.table import Table

    table = Table(box=None)
    for column in ("", "texts", "threshold", "precision", "recall", "change of F1"):
        table.add_column(column, justify="right" if column else "left", no_wrap=not column)
    for label, row in rows.items():
        table.add_row(
            label,
            f"{row.n_positive}",
            f"{row.threshold_before:.3f} → {row.threshold_after:.3f}",
            _change(row.precision_before, row.precision_after),
            _change(row.recall_before, row.recall_after),
            _interval(row.f1_change),
        )
    return table


def _change(before: "Interval | None", after: "Interval | None") -> str:
    old = f"{before.value:.2f}" if before else "–"
    return f"{old} → {after.value:.2f} ({after.low:.2f}–{after.high:.2f})" if after else old


def _interval(change: "Interval | None") -> str:
    return f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})" if change else "–"
