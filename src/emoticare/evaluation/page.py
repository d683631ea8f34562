"""One self-contained web page of an evaluation: tables and figures, on screen and in print."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from emoticare.evaluation.evaluation_report import EvaluationReport
from emoticare.evaluation.everyday import Everyday
from emoticare.evaluation.original import ORIGINAL_FIGURES, compares_with_original


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: its caption, and the picture as an SVG document."""

    caption: str
    svg: bytes


_HEADLINE: Final = {
    "macro_f1": "Macro-F1, shipped thresholds",
    "micro_f1": "Micro-F1, shipped thresholds",
    "macro_f1_global": "Macro-F1, one threshold",
    "micro_f1_global": "Micro-F1, one threshold",
    "macro_f1_at_0.3": "Macro-F1 at 0.3",
    "micro_f1_at_0.3": "Micro-F1 at 0.3",
    "macro_f1_at_0.5": "Macro-F1 at 0.5",
    "micro_f1_at_0.5": "Micro-F1 at 0.5",
    "mean_average_precision": "Mean average precision",
    "mean_auroc": "Mean AUROC",
    "bce_loss": "Binary cross-entropy",
    "expected_calibration_error": "Expected calibration error",
    "mean_label_calibration_error": "Mean calibration error of a label",
}

_SLICE_COLUMNS: Final = {
    "n_texts": "Texts",
    "n_labels": "Labels",
    "macro_f1": "Macro-F1",
    "micro_f1": "Micro-F1",
    "mean_average_precision": "Mean AP",
    "bce_loss": "BCE",
}

_PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>EmotiCare: evaluation</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --muted: #5b6470; --line: #d9dee4;
  --ground: #ffffff; --stripe: #f5f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --muted: #9aa4b0; --line: #3a3d42; --ground: #141414;
    --stripe: #1c1d1f; }
  figure img { filter: invert(0.92) hue-rotate(180deg); }
}
body { margin: 2.5rem auto; max-width: 62rem; padding: 0 1.25rem; color: var(--text);
  background: var(--ground); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p, caption, figcaption { color: var(--muted); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
thead th { border-bottom-width: 2px; }
tbody th { font-weight: 500; }
th:first-child { text-align: left; }
tbody tr:nth-child(even) { background: var(--stripe); }
figure { margin: 2rem 0; }
figure img { display: block; max-width: 100%; height: auto; }
@media print {
  :root { --text: #000; --muted: #333; --line: #bbb; --ground: #fff; --stripe: #fff; }
  body { margin: 0; max-width: none; font-size: 11pt; }
  figure img { filter: none; }
  figure, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
}
</style>
</head>
<body>
<main>
<h1>EmotiCare: evaluation</h1>
<p>$summary</p>
$sections
</main>
</body>
</html>
""")


def render_page(
    report: EvaluationReport | None,
    slices: Mapping[str, Mapping[str, float | None]],
    figures: Sequence[PageFigure],
    everyday: Everyday | None = None,
) -> str:
    """Write an evaluation as an HTML page that needs no other file.

    Args:
        report: The figures for the tables; None where only the everyday corpus was measured.
        slices: Figures by slice, as `evaluate_slices` gives; empty for no such table.
        figures: Pictures, in the order of the page.
        everyday: Figures of the everyday corpus, if they were measured.

    Returns:
        The page. It holds no text of the data set.
    """
    summary = "Intervals are 95% percentile bootstrap intervals over texts."
    sections = []
    if report:
        n_texts = int(report.figures["n_texts"])
        summary = f"{n_texts:,} texts, {len(report.per_label)} labels. {summary}"
        sections += [_section("Headline", _headline_table(report))]
        sections += [_section("Labels", _label_table(report))]
    if slices:
        sections += [_section("Kinds of text", _slice_table(slices))]
    if everyday:
        sections += [_section("Everyday English", _everyday_table(everyday))]
    sections += [_section("Figures", "\n".join(_figure(figure) for figure in figures))]
    return _PAGE.substitute(summary=escape(summary), sections="\n".join(sections))


def _headline_table(report: EvaluationReport) -> str:
    figures = report.figures
    has_unseen = "n_texts_unseen" in figures
    has_original = compares_with_original(report.per_label)
    header = ["Figure", "Value", "95% interval"]
    header += ["Unseen texts"] if has_unseen else []
    header += ["Original EmotiCare"] if has_original else []
    rows = []
    for name, title in _HEADLINE.items():
        row = [title, _number(figures[name]), ""]
        if f"{name}_ci_low" in figures:
            row[2] = _interval(figures[f"{name}_ci_low"], figures[f"{name}_ci_high"])
        row += [_number(figures[f"{name}_unseen"])] if has_unseen else []
        if has_original:
            row += [_number(ORIGINAL_FIGURES[name]) if name in ORIGINAL_FIGURES else ""]
        rows.append(row)
    caption = f"The one threshold is {figures['global_threshold']:.3f}. "
    if has_unseen:
        caption += f"{int(figures['n_texts_unseen']):,} texts are not repeated in another split. "
    if has_original:
        caption += "The original, a DistilBERT, decided at one fixed threshold; on the test split."
    return _table(caption, header, rows)


def _label_table(report: EvaluationReport) -> str:
    header = ["Label", "F1", "95% interval", "Precision", "Recall", "AP", "AUROC"]
    header += ["Support", "Threshold", "Calibration error"]
    rows = [
        [
            name,
            _number(label.f1),
            _interval(label.f1_ci_low, label.f1_ci_high),
            _number(label.precision),
            _number(label.recall),
            _number(label.average_precision),
            _number(label.auroc),
            f"{label.support:,}",
            _number(label.threshold),
            _number(label.calibration_error),
        ]
        for name, label in report.per_label.items()
    ]
    return _table("F1, precision and recall at the shipped thresholds.", header, rows)


def _slice_table(slices: Mapping[str, Mapping[str, float | None]]) -> str:
    rows = []
    for name, figures in slices.items():
        counts = [f"{figures[column]:,}" for column in ("n_texts", "n_labels")]
        metrics = [_number(figures[column]) for column in list(_SLICE_COLUMNS)[2:]]
        rows.append([name.replace("_", " "), *counts, *metrics])
    caption = (
        "Found by simple rules on the text, so only a rough sign. Macro-F1 and mean AP are means "
        "over the labels that occur in the slice."
    )
    return _table(caption, ["Slice", *_SLICE_COLUMNS.values()], rows)


def _everyday_table(everyday: Everyday) -> str:
    header = ["Texts of the kind", "Texts", "Strongest is primary", "95% interval"]
    header += ["The same, emotional", "Primary or plausible", "F1", "Only neutral"]
    header += ["Neutral, given an emotion"]
    rows = []
    for name, group in (*everyday.groups.items(), *everyday.kinds.items()):
        strongest, *others = group.figures.values()
        cells = [f"{group.n_texts:,}", _number(strongest.value)]
        cells += [_interval(strongest.low, strongest.high)]
        rows.append([name, *cells, *(_number(figure.value) for figure in others)])
    caption = (
        f"The everyday corpus, split {everyday.split}. Plausible labels count neither for nor "
        "against; docs/everyday.md explains each figure."
    )
    return _table(caption, header, rows)


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>"


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "\n".join(_row(row) for row in rows)
    return (
        f'<div class="scroll"><table>\n<caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    rest = "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{escape(cells[0])}</th>{rest}</tr>'


def _figure(figure: PageFigure) -> str:
    # As an image of its own, since ids of several inline SVG documents would collide.
    data = base64.b64encode(figure.svg).decode()
    caption = escape(figure.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4f}"


def _interval(low: float, high: float) -> str:
    return "–" if math.isnan(low) else f"{low:.4f} – {high:.4f}"
