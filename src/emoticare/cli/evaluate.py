"""`emoticare evaluate`: how good a model is on labelled texts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import DataOption, ModelOption
from emoticare.errors import EmoticareError

if TYPE_CHECKING:
    from emoticare.evaluation.report import EvaluationReport


def evaluate(
    data: DataOption = None,
    split: Annotated[str, typer.Option(help="train, dev or test.")] = "test",
    model: ModelOption = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all figures as JSON.")
    ] = None,
) -> None:
    """Measure a model on labelled texts, beside the original EmotiCare's figures.

    [bold]Example[/bold]

      emoticare evaluate --data goemotions/ --split test --json out.json
    """
    from rich.console import Console
    from rich.progress import Progress

    from emoticare.classifier import load
    from emoticare.data.source import load_split_from
    from emoticare.evaluation.scoring import score_split

    labels, chosen, others = load_split_from(data, split)
    classifier = load(model)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Scoring {chosen.name}", total=len(chosen))
        scored = score_split(
            classifier,
            labels,
            chosen,
            others,
            on_progress=lambda n: progress.advance(task, n),
        )
    _print(scored.report, chosen.name)
    if json_file:
        record = {
            "model": classifier.artifact.digest,
            "split": chosen.name,
            **scored.report.to_json(),
        }
        try:
            json_file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise EmoticareError(f"{json_file} could not be written: {error.strerror}.") from error


def _print(report: "EvaluationReport", split: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from emoticare.evaluation.original import ORIGINAL_FIGURES

    console = Console(highlight=False)
    figures = report.figures
    by_label = Table(title=f"By label, at the model's own thresholds ({split})", box=None)
    columns = ("precision", "recall", "f1", "average_precision", "support", "threshold")
    by_label.add_column("label")
    for column in columns:
        by_label.add_column(column.replace("_", " "), justify="right")
    for label, row in report.per_label.items():
        cells = [getattr(row, column) for column in columns]
        by_label.add_row(label, *(f"{c:d}" if isinstance(c, int) else f"{c:.3f}" for c in cells))
    console.print(by_label)
    overall = Table(title=f"\n{int(figures['n_texts'])} texts of {split}", box=None)
    for column in ("", "macro-F1", "micro-F1"):
        overall.add_column(column, justify="right" if column else "left")
    rows = {
        "the model's own thresholds": "",
        f"one threshold ({figures['global_threshold']:.3f})": "_global",
        "0.3": "_at_0.3",
        "0.5": "_at_0.5",
    }
    if "n_texts_unseen" in figures:
        rows[f"own thresholds, {int(figures['n_texts_unseen'])} texts of no other split"] = (
            "_unseen"
        )
    for name, suffix in rows.items():
        overall.add_row(name, *(f"{figures[f'{x}_f1{suffix}']:.4f}" for x in ("macro", "micro")))
    original = [f"{ORIGINAL_FIGURES[f'{x}_f1']:.4f}" for x in ("macro", "micro")]
    overall.add_row("the original EmotiCare (test)", *original, style="dim")
    console.print(overall)
    loss = f"{figures['bce_loss']:.4f} (the original: {ORIGINAL_FIGURES['bce_loss']:.4f})"
    console.print(f"\nBCE loss                    {loss}")
    console.print(f"mean average precision      {figures['mean_average_precision']:.4f}")
    console.print(f"expected calibration error  {figures['expected_calibration_error']:.4f}")
