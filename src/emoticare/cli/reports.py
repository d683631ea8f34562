"""Evaluations and comparisons as tables for people."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from emoticare.evaluation.bootstrap import METRICS
from emoticare.evaluation.original import ORIGINAL_FIGURES, compares_with_original

if TYPE_CHECKING:
    from emoticare.evaluation.out_of_domain import OutOfDomain
    from emoticare.evaluation.report import EvaluationReport
    from emoticare.evaluation.scoring import ScoredSplit

_LABEL_COLUMNS = ("precision", "recall", "f1", "average_precision", "support", "threshold")
_SLICE_COLUMNS = ("n_texts", "macro_f1", "micro_f1", "mean_average_precision", "bce_loss")
_TITLES = {
    "n_texts": "texts",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "mean_average_precision": "mean average precision",
    "bce_loss": "BCE loss",
    "expected_calibration_error": "expected calibration error",
    "f1": "F1",
    "average_precision": "AP",
}


def print_evaluation(scored: "ScoredSplit") -> None:
    """Prints the figures of a model on a split: by label, by threshold, by kind of text."""
    console = Console(highlight=False)
    console.print(_label_table(scored.report, scored.split.name))
    console.print(_threshold_table(scored.report, scored.split.name))
    console.print(_interval_table(scored.report))
    console.print(_slice_table(scored.slices))


def print_out_of_domain(outside: "OutOfDomain") -> None:
    """Prints how well a model tells emotions apart in XED's film subtitles."""
    table = _table(f"\n{outside.n_texts:,} lines of XED, out of domain", "AUROC", "95%")
    for emotion, value in outside.auroc.items():
        table.add_row(emotion, _number(value), "")
    mean = outside.mean_auroc
    table.add_row("mean", _number(mean.value), _interval(mean.low, mean.high))
    Console(highlight=False).print(table)


def print_comparison(record: Mapping[str, Any]) -> None:
    """Prints what `compare_contenders` found."""
    console = Console(highlight=False)
    console.print(f"A  {record['a']}  ({record['model_a'][:16]})", markup=False)
    console.print(f"B  {record['b']}  ({record['model_b'][:16]})", markup=False)
    table = _table(f"\n{record['n_texts']:,} texts of {record['split']}", "A", "B", "B - A", "95%")
    for name in METRICS:
        difference = f"{name}_difference"
        table.add_row(
            _TITLES[name],
            *(_number(record[f"{name}_{model}"]) for model in "ab"),
            _number(record[difference], "+.4f"),
            _interval(record[f"{difference}_ci_low"], record[f"{difference}_ci_high"], "+.4f"),
        )
    console.print(table)
    console.print(f"\nprobabilities within 0.02   {record['share_within_0.02']:.2%}")
    console.print(f"probabilities within 0.05   {record['share_within_0.05']:.2%}")
    console.print(f"largest difference          {record['max_abs_difference']:.4f}")
    console.print(f"decisions that changed      {record['share_decisions_changed']:.2%}")
    changed = zip(record["most_changed_labels"], record["most_changed_counts"], strict=True)
    most = ", ".join(f"{label} ({count:,} texts)" for label, count in changed)
    console.print(f"most of them                {most or 'none'}", soft_wrap=True, markup=False)


def _label_table(report: "EvaluationReport", split: str) -> Table:
    titles = (_TITLES.get(column, column.replace("_", " ")) for column in _LABEL_COLUMNS)
    table = _table(f"By label, at the model's own thresholds ({split})", *titles)
    for label, row in report.per_label.items():
        table.add_row(label, *(_number(getattr(row, column), ".3f") for column in _LABEL_COLUMNS))
    return table


def _threshold_table(report: "EvaluationReport", split: str) -> Table:
    figures = report.figures
    table = _table(f"\n{int(figures['n_texts']):,} texts of {split}", "macro-F1", "micro-F1")
    rows = {
        "the model's own thresholds": "",
        f"one threshold ({figures['global_threshold']:.3f})": "_global",
        "0.3": "_at_0.3",
        "0.5": "_at_0.5",
    }
    if "n_texts_unseen" in figures:
        unseen = f"own thresholds, {int(figures['n_texts_unseen']):,} texts of no other split"
        rows[unseen] = "_unseen"
    for name, suffix in rows.items():
        table.add_row(name, *(_number(figures[f"{x}_f1{suffix}"]) for x in ("macro", "micro")))
    if compares_with_original(report.per_label):
        original = (_number(ORIGINAL_FIGURES[f"{x}_f1"]) for x in ("macro", "micro"))
        table.add_row("the original EmotiCare (test)", *original, style="dim")
    return table


def _interval_table(report: "EvaluationReport") -> Table:
    figures = report.figures
    table = _table("\nMain figures, with 95% bootstrap intervals over texts", "value", "95%")
    for name in METRICS:
        interval = _interval(figures[f"{name}_ci_low"], figures[f"{name}_ci_high"])
        table.add_row(_TITLES[name], _number(figures[name]), interval)
    if compares_with_original(report.per_label):
        loss = _number(ORIGINAL_FIGURES["bce_loss"])
        table.add_row("BCE loss of the original EmotiCare (test)", loss, "", style="dim")
    name = "expected_calibration_error"
    table.add_row(_TITLES[name], _number(figures[name]), "")
    return table


def _slice_table(slices: Mapping[str, Mapping[str, float | None]]) -> Table:
    titles = (_TITLES[column] for column in _SLICE_COLUMNS)
    table = _table(
        "\nBy kind of text, found by simple rules; macro-F1 over the labels that occur", *titles
    )
    for name, figures in slices.items():
        cells = (_number(figures[column]) for column in _SLICE_COLUMNS)
        table.add_row(name.replace("_", " "), *cells)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=None, title_justify="left", title_style="bold")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _number(value: float | None, form: str = ".4f") -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,d}" if isinstance(value, int) else f"{value:{form}}"


def _interval(low: float | None, high: float | None, form: str = ".4f") -> str:
    ends: Sequence[str] = (_number(low, form), _number(high, form))
    return "–" if "–" in ends else f"{ends[0]} to {ends[1]}"
