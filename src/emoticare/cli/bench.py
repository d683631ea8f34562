"""`emoticare bench`: how fast, beside what a user has without it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import JsonFileOption, ModelOption

if TYPE_CHECKING:
    from emoticare.evaluation.benchmark.bench import Figures


def bench(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Folder with GoEmotions' test.tsv, or your own; made-up texts by default.",
        ),
    ] = None,
    json_file: JsonFileOption = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw the figures there.")
    ] = None,
    model: ModelOption = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Only show that everything runs; the figures mean nothing."),
    ] = False,
) -> None:
    """Measure speed, beside the Hugging Face pipeline and a plain ONNX Runtime loop.

    All score the same texts in turns, each in a process of its own, without any cache. Needs the
    extras train (the pipeline) and export (the loop) to measure those. Takes some minutes on a
    machine that does nothing else.

    [bold]Example[/bold]

      emoticare bench --data goemotions/ --json bench.json --plots plots/
    """
    from emoticare.cli.progress import stage_progress
    from emoticare.evaluation.benchmark.bench import QUICK, run_bench
    from emoticare.evaluation.benchmark.plots import save_plots
    from emoticare.evaluation.plotting import check_plots
    from emoticare.model.files import write_json

    if plots:
        check_plots()
    with stage_progress() as on_stage:
        figures = run_bench(data, model, QUICK if quick else None, on_stage)
    for reason in figures["left_out"]:  # type: ignore[attr-defined]
        typer.echo(f"left out: {reason}", err=True)
    _print(figures)
    if json_file:
        write_json(json_file, figures)
    if plots:
        for path in save_plots(figures, plots):
            typer.echo(f"figure: {path}", err=True)


_CONTENDERS = {
    "": "EmotiCare",
    "plain_ort": "plain ORT",
    "pipeline_batch32": "pipeline, 32",
    "pipeline": "pipeline",
}
_ROWS = {
    "texts a second": ("texts_per_s", "{:,.0f}"),
    "one text, p50": ("single_p50_ms", "{:.2f} ms"),
    "one text, p95": ("single_p95_ms", "{:.2f} ms"),
    "one text, p99": ("single_p99_ms", "{:.2f} ms"),
    "start to first answer": ("cold_start_s", "{:.2f} s"),
    "peak memory": ("peak_rss_mb", "{:,.0f} MB"),
}


def _print(figures: "Figures") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = {
        name: title
        for name, title in _CONTENDERS.items()
        if f"{name or 'bulk'}_texts_per_s" in figures
    }
    console = Console(highlight=False, markup=False)
    table = Table("", box=box.SIMPLE_HEAD, pad_edge=False)
    for title in shown.values():
        table.add_column(title, justify="right", no_wrap=True)
    for row, (figure, shape) in _ROWS.items():
        table.add_row(row, *(_cell(figures, name, figure, shape) for name in shown))
    speedups = [f"{figures[f'speedup_vs_{name}']:.1f} x" for name in shown if name]
    if speedups:
        table.add_row("EmotiCare in bulk is", "", *speedups)
    console.print(table)
    console.print(f"texts: {figures['texts']}; threads: {figures['threads']}")
    if share := figures.get("int8_share"):
        console.print(f"share of the rate of a large 8-bit matrix product: {share:.1%}")


def _cell(figures: "Figures", name: str, figure: str, shape: str) -> str:
    prefix = name or ("bulk" if figure == "texts_per_s" else "")
    value = figures.get(f"{prefix}_{figure}" if prefix else figure)
    return "" if value is None else shape.format(value)
