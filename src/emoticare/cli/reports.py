"""Evaluations and comparisons as tables for people."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from emoticare.errors import number_of
from emoticare.evaluation.bootstrap import METRICS
from emoticare.evaluation.everyday import FIGURES
from emoticare.evaluation.original import ORIGINAL_FIGURES, compares_with_original

if TYPE_CHECKING:
    from emoticare.evaluation.evaluation_report import EvaluationReport
    from emoticare.evaluation.everyday import Everyday, EverydayFigures
    from emoticare.evaluation.out_of_domain import OutOfDomain
    from emoticare.evaluation.replies import Replies
    from emoticare.evaluation.robustness.identity import Gap, IdentityFigures
    from emoticare.evaluation.robustness.perturbed import Perturbed
    from emoticare.evaluation.robustness.robustness_report import Robustness
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
    """Print the figures of a model on a split: by label, by threshold, by kind of text."""
    console = Console(highlight=False)
    console.print(_label_table(scored.report, scored.split.name))
    console.print(_threshold_table(scored.report, scored.split.name))
    console.print(_interval_table(scored.report))
    console.print(_slice_table(scored.slices))


def print_out_of_domain(outside: "OutOfDomain") -> None:
    """Print how well a model tells emotions apart in XED's film subtitles."""
    table = _table(f"\n{number_of(outside.n_texts, 'line')} of XED, out of domain", "AUROC", "95%")
    for emotion, value in outside.auroc.items():
        table.add_row(emotion, _number(value), "")
    mean = outside.mean_auroc
    table.add_row("mean", _number(mean.value), _interval(mean.low, mean.high))
    Console(highlight=False).print(table)


def print_everyday(everyday: "Everyday") -> None:
    """Print how well a model reads everyday English: written and real texts apart, and by kind."""
    title = f"\neveryday corpus, {everyday.split}"
    table = _table(title, "texts", "a", "95% of a", *"bcdef")
    for name, group in everyday.groups.items():
        table.add_row(name, *_everyday_cells(group))
    table.add_section()
    for name, kind in everyday.kinds.items():
        table.add_row(name, *_everyday_cells(kind))
    console = Console(highlight=False)
    console.print(table)
    for letter, words in zip("abcdef", FIGURES.values(), strict=True):
        console.print(f"{letter}: {words}")
    for name, share in everyday.sarcastic_read_as_positive.items():
        console.print(f"sarcastic, read as positive, {name}: {_number(share.value, '.2f')}")


def print_replies(replies: "Replies") -> None:
    """Print how often replies are read right, with what was said before them and without."""
    title = "\nreplies: strongest label right"
    table = _table(title, "replies", "in context", "alone", "gain", "95%")
    for name, group in replies.groups.items():
        shares = (f"{share.value:.2f}" for share in (group.in_context, group.alone))
        gain = f"{group.gain.value:+.2f}"
        interval = _interval(group.gain.low, group.gain.high, "+.2f")
        table.add_row(name, f"{group.n_replies:,}", *shares, gain, interval)
    Console(highlight=False).print(table)


def _everyday_cells(figures: "EverydayFigures") -> list[str]:
    strongest = figures.figures["strongest_primary"]
    interval = _interval(strongest.low, strongest.high, ".2f")
    others = [
        _number(figure.value, ".2f")
        for name, figure in figures.figures.items()
        if name != "strongest_primary"
    ]
    return [f"{figures.n_texts:,}", _number(strongest.value, ".2f"), interval, *others]


def print_robustness(robustness: "Robustness") -> None:
    """Print how robust a model is; a set that does not fit its labels is named as left out."""
    console = Console(highlight=False)
    console.print(_perturbed_table(robustness.perturbed))
    if robustness.emoji:
        table = _table("\nLines with emoji: share read right", "lines", "emotion", "top label")
        for kind, lines in robustness.emoji.items():
            shares = (lines.share_best_emotion, lines.share_top_label)
            table.add_row(_words(kind), f"{lines.n_lines}", *(f"{share:.1%}" for share in shares))
        console.print(table)
    if robustness.negation:
        table = _table("\nNegation: how emotions fall", "pairs", "halved", "ratio")
        for sentiment, pairs in robustness.negation.items():
            figures = (f"{pairs.share_halved:.1%}", f"{pairs.mean_ratio:.3f}")
            table.add_row(sentiment, f"{pairs.n_pairs}", *figures)
        console.print(table)
    if robustness.identity:
        _print_identity(console, robustness.identity)
    sets = {
        "emoji": robustness.emoji,
        "negations": robustness.negation,
        "groups of people": robustness.identity,
    }
    left_out = ", ".join(name for name, figures in sets.items() if not figures)
    if left_out:
        console.print(f"\nleft out, since the model lacks their labels: {left_out}", style="dim")


def print_comparison(record: Mapping[str, Any]) -> None:
    """Print what `compare_contenders` found."""
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
    most = ", ".join(f"{label} ({number_of(count, 'text')})" for label, count in changed)
    console.print(f"most of them                {most or 'none'}", soft_wrap=True, markup=False)


def print_comparison_out_of_domain(record: Mapping[str, Any]) -> None:
    """Print what `compare_out_of_domain` found."""
    title = f"\n{record['xed_n_texts']:,} lines of XED, out of domain"
    table = _table(title, "A", "B", "B - A", "95%")
    difference = "xed_mean_auroc_difference"
    table.add_row(
        "mean AUROC",
        *(_number(record[f"xed_mean_auroc_{model}"]) for model in "ab"),
        _number(record[difference], "+.4f"),
        _interval(record[f"{difference}_ci_low"], record[f"{difference}_ci_high"], "+.4f"),
    )
    Console(highlight=False).print(table)


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


def _perturbed_table(perturbed: "Mapping[str, Perturbed]") -> Table:
    title = "\nTexts changed, emotions not: change of the figures, and of the probabilities"
    columns = ("texts", "macro-F1", "micro-F1", "mean AP", "mean", "99%", "relabelled")
    table = _table(title, *columns)
    for name, figures in perturbed.items():
        changes = (_change(before, figures.after[key]) for key, before in figures.before.items())
        table.add_row(
            _words(name),
            _number(figures.n_texts),
            *changes,
            _number(figures.mean_change, ".3f"),
            _number(figures.change_p99, ".3f"),
            f"{figures.share_labels_changed:.1%}",
        )
    return table


def _print_identity(console: Console, identity: "IdentityFigures") -> None:
    title = "\nGroups of people: gaps in negative emotions"
    table = _table(title, "I am a … person.", "all sentences")
    table.add_row("all groups", *(f"{gap.gap:.3f}" for gap in (identity.person, identity.largest)))
    for category, gap in identity.by_category.items():
        table.add_row(category, f"{identity.person_by_category[category]:.3f}", f"{gap:.3f}")
    console.print(table)
    console.print(f"I am a … person.   {_found(identity.person)}", markup=False, soft_wrap=True)
    console.print(f"all sentences      {_found(identity.largest)}", markup=False, soft_wrap=True)


def _found(gap: "Gap") -> str:
    sentence = gap.template.format(a="a(n)", A="A(n)", group="…")
    return f'{gap.emotion}, "{sentence}": highest for {gap.highest}, lowest for {gap.lowest}'


def _change(before: float | None, after: float | None) -> str:
    return "–" if before is None or after is None else f"{after - before:+.3f}"


def _words(name: str) -> str:
    return name.replace("_", " ")


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
