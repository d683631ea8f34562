"""Figures of an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emoticare.evaluation.evaluation_report import EvaluationReport
from emoticare.evaluation.everyday import Everyday
from emoticare.evaluation.metrics import (
    Array,
    Bools,
    Floats,
    average_precision,
    equal_mass_bins,
    macro_f1,
    micro_f1,
    precision_recall_curve,
)
from emoticare.evaluation.page import PageFigure, render_page
from emoticare.evaluation.plotting import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    PLAIN,
    new_figure,
    rendered,
    styled_figure,
)
from emoticare.model.files import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_RELIABILITY_BINS: Final = 100
_MIN_DECISIONS_IN_BIN: Final = 50
_SMALLEST_DRAWN: Final = 1e-4
_PANELS_IN_ROW: Final = 7

_CAPTIONS: Final = {
    "label_f1": "F1 of each label at its shipped threshold, with 95% bootstrap intervals over "
    "texts, and the number of texts that carry the label.",
    "precision_recall": "Precision against recall of each label, best average precision first. "
    "The dot is the shipped threshold, the dotted line the label's share of the texts.",
    "reliability": "Predicted probability against observed frequency over all decisions, in bins "
    "of equal size with 95% Wilson intervals; left on plain axes, right from 0.0001 on logarithmic "
    "ones, where the many small probabilities can be seen. A bin without any positive has no dot.",
    "threshold_sweep": "Macro-F1 and micro-F1 when one threshold decides all labels.",
    "everyday": "Everyday English: the share of texts whose strongest label nearly every reader "
    "names, with 95% bootstrap intervals; hollow dots also allow labels that a reader could name.",
    "cooccurrence": "Of the texts with the label of the row, the share that also has the label of "
    "the column. Empty cells are none; grey ones are not defined.",
}


def save_plots(
    y_true: Array,
    probabilities: Array,
    report: EvaluationReport,
    folder: Path,
    *,
    slices: Mapping[str, Mapping[str, float | None]] | None = None,
    everyday: Everyday | None = None,
) -> list[Path]:
    """Write every figure as a PNG file, and one page that shows all of them with the tables.

    The page, `index.html`, needs no other file and holds no text of the data set.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape.
        report: The report on the same arrays.
        folder: Where to write; made if missing. Files of the same names are replaced.
        slices: Figures by slice, as `evaluate_slices` gives.
        everyday: Figures of the everyday corpus, if they were measured.

    Returns:
        The paths written, the page last.

    Raises:
        MissingExtraError: matplotlib is not installed.
        EmoticareError: A file cannot be written.
    """
    labels = list(report.per_label)
    thresholds = np.array([label.threshold for label in report.per_label.values()])
    global_threshold = report.figures["global_threshold"]
    figures = {
        "label_f1": label_f1_figure(report),
        "precision_recall": precision_recall_figure(y_true, probabilities, labels, thresholds),
        "reliability": reliability_figure(y_true, probabilities),
        "threshold_sweep": threshold_sweep_figure(y_true, probabilities, global_threshold),
        "cooccurrence": cooccurrence_figure(y_true, probabilities >= thresholds, labels),
    }
    if everyday:
        figures["everyday"] = everyday_figure(everyday)
    return _save(figures, folder, report, slices or {}, everyday)


def save_everyday_plots(everyday: Everyday, folder: Path) -> list[Path]:
    """Write the figure of the everyday corpus, and the page with its table; see `save_plots`."""
    return _save({"everyday": everyday_figure(everyday)}, folder, None, {}, everyday)


def _save(
    figures: "Mapping[str, Figure]",
    folder: Path,
    report: EvaluationReport | None,
    slices: Mapping[str, Mapping[str, float | None]],
    everyday: Everyday | None,
) -> list[Path]:
    paths = []
    for name, figure in figures.items():
        paths.append(folder / f"{name}.png")
        write_file(paths[-1], rendered(figure, "png"))
    page_figures = [
        PageFigure(caption=_CAPTIONS[name], svg=rendered(figure, "svg"))
        for name, figure in figures.items()
    ]
    paths.append(folder / "index.html")
    write_file(paths[-1], render_page(report, slices, page_figures, everyday).encode())
    return paths


@styled_figure
def label_f1_figure(report: EvaluationReport) -> "Figure":
    """Draw every label's F1 with its 95% interval, best first, beside its support.

    Args:
        report: The report to draw.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    ranked = sorted(report.per_label.items(), key=lambda item: item[1].f1)
    rows = np.arange(len(ranked))
    figure = new_figure(7.0, 1.2 + 0.2 * len(ranked))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])

    low = [label.f1_ci_low for _, label in ranked]
    high = [label.f1_ci_high for _, label in ranked]
    left.hlines(rows, low, high, color=BLUE, linewidth=1.6, alpha=0.55)
    left.plot(
        [label.f1 for _, label in ranked], rows, "o", color=BLUE, markersize=4.5, clip_on=False
    )
    macro = report.figures["macro_f1"]
    left.axvline(macro, color=ORANGE, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
    left.set_title(f"F1 with 95% interval (dashed: macro-F1 {macro:.3f})")
    left.set(xlim=(0, 1), xlabel="F1", ylim=(-0.7, len(ranked) - 0.3))
    left.set_yticks(rows, [name for name, _ in ranked], **PLAIN)
    left.tick_params(axis="y", length=0)
    left.grid(visible=False, axis="y")

    support = np.array([label.support for _, label in ranked])
    right.barh(rows, support, height=0.62, color=LIGHT)
    for row, count in zip(rows, support, strict=True):
        right.annotate(
            f"{count:,}", (max(count, 1), row), xytext=(3, 0), textcoords="offset points",
            va="center", fontsize=7,
        )  # fmt: skip
    right.set_xscale("log")
    right.set_xlim(1, max(10, support.max() * 9))
    right.set_xticks(10 ** np.arange(1 + int(np.log10(max(10, support.max())))))
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.set(title="Support", xlabel="texts (log scale)")
    right.tick_params(axis="y", length=0)
    right.grid(visible=False, axis="y")
    right.minorticks_off()
    return figure


@styled_figure
def reliability_figure(y_true: Array, probabilities: Array) -> "Figure":
    """Draw predicted probability against observed frequency, over all decisions.

    The decisions fall into bins of equal mass. Most of them are near 0, so the diagram is drawn on
    plain and on logarithmic axes, each above a histogram of the probabilities.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    flat = probabilities.ravel().astype(np.float64)
    n_bins = int(np.clip(flat.size // _MIN_DECISIONS_IN_BIN, 1, _MAX_RELIABILITY_BINS))
    bins = equal_mass_bins(flat, n_bins)
    sizes = np.bincount(bins)
    used = sizes > 0
    predicted = np.bincount(bins, weights=flat)[used] / sizes[used]
    observed = np.bincount(bins, weights=y_true.ravel())[used] / sizes[used]
    low, high = _wilson_interval(observed, sizes[used])

    figure = new_figure(7.0, 4.6)
    axes = figure.subplots(2, 2, sharex="col", height_ratios=[3.2, 1])
    edges = [np.linspace(0, 1, 41), np.geomspace(_SMALLEST_DRAWN, 1, 41)]
    for column, (diagram, histogram) in enumerate(axes.T):
        diagram.plot(
            [_SMALLEST_DRAWN, 1], [_SMALLEST_DRAWN, 1], color=GREY, linewidth=0.9, linestyle="--"
        )
        diagram.vlines(predicted, low, high, color=BLUE, linewidth=1.2, alpha=0.5)
        diagram.plot(predicted, observed, "o", color=BLUE, markersize=3)
        histogram.hist(flat, bins=edges[column], color=LIGHT)
        histogram.set_xlabel("predicted probability")
        histogram.grid(visible=False, axis="x")
    (plain, log), (plain_counts, log_counts) = axes
    plain.set(xlim=(0, 1), ylim=(0, 1), title=f"Reliability, {used.sum()} bins of equal size")
    plain.set_ylabel("observed frequency")
    plain_counts.set(yscale="log", ylabel="decisions")
    plain_counts.minorticks_off()
    log_counts.yaxis.set_major_formatter("{x:,.0f}")
    log.set(xscale="log", yscale="log", title="The same on logarithmic axes")
    log.set(xlim=(_SMALLEST_DRAWN, 1), ylim=(_SMALLEST_DRAWN, 1))
    return figure


@styled_figure
def precision_recall_figure(
    y_true: Array, probabilities: Array, labels: Sequence[str], thresholds: Array
) -> "Figure":
    """Draw a small precision-recall curve for each label, best average precision first.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape.
        labels: Label names, in the order of the columns.
        thresholds: The shipped thresholds, of shape (n_labels,), each drawn as a dot.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    values = average_precision(y_true, probabilities)
    order = np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")
    n_rows = -(-len(labels) // _PANELS_IN_ROW)
    figure = new_figure(9.0, 0.8 + 1.42 * n_rows)
    figure.suptitle(
        "Precision and recall (dot: shipped threshold, dotted: the label's share of texts)",
        fontsize=9,
    )
    panels = figure.subplots(n_rows, _PANELS_IN_ROW, sharex=True, sharey=True, squeeze=False)
    for panel, i in zip(panels.flat, order, strict=False):
        panel.set_title(f"{labels[i]}\nAP {values[i]:.2f}", fontsize=7.5, **PLAIN)
        if np.isnan(values[i]):
            panel.set_title(f"{labels[i]}\nno positives", fontsize=7.5, **PLAIN)
            continue
        _draw_precision_recall(
            panel, y_true[:, i].astype(bool), probabilities[:, i], float(thresholds[i])
        )
    for panel in panels.flat[len(labels) :]:
        panel.set_visible(False)
    ticks = ([0, 0.5, 1], ["0", "0.5", "1"])
    panels[0, 0].set(xlim=(0, 1.02), ylim=(0, 1.05))
    panels[0, 0].set_xticks(*ticks)
    panels[0, 0].set_yticks(*ticks)
    figure.supxlabel("recall", fontsize=8.5)
    figure.supylabel("precision", fontsize=8.5)
    return figure


@styled_figure
def threshold_sweep_figure(
    y_true: Array, probabilities: Array, global_threshold: float
) -> "Figure":
    """Draw macro-F1 and micro-F1 against one threshold for all labels.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape.
        global_threshold: The threshold to mark.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    thresholds = np.arange(1, 100) / 100
    figure = new_figure(5.4, 3.4)
    axes = figure.subplots()
    for name, metric, color, style in (
        ("micro-F1", micro_f1, BLUE, "-"),
        ("macro-F1", macro_f1, ORANGE, (0, (5, 1.5))),
    ):
        values = [metric(y_true, probabilities >= threshold) for threshold in thresholds]
        marked = metric(y_true, probabilities >= global_threshold)
        axes.plot(thresholds, values, color=color, linestyle=style, label=name)
        axes.plot(global_threshold, marked, "o", color=color, markersize=5)
        axes.annotate(
            f"{marked:.3f}", (global_threshold, marked), xytext=(5, 5),
            textcoords="offset points", color=color,
        )  # fmt: skip
    axes.axvline(global_threshold, color=GREY, linewidth=0.9, linestyle="--", zorder=1)
    axes.set_title(f"One threshold for all labels (dashed: the chosen one, {global_threshold:.3f})")
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="threshold", ylabel="F1")
    axes.margins(y=0.12)
    axes.legend(loc="upper right")
    return figure


@styled_figure
def cooccurrence_figure(y_true: Array, y_pred: Array, labels: Sequence[str]) -> "Figure":
    """Draw which labels come together, in the gold labels and in the decisions.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        y_pred: Decisions of the same shape.
        labels: Label names, in the order of the columns.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    from matplotlib.colors import PowerNorm

    shares = [_cooccurrence(y_true.astype(bool)), _cooccurrence(y_pred.astype(bool))]
    # A label predicted once or twice gives shares up to 1 that would pale all others. The square
    # root keeps the many shares of a few per cent apart.
    highest = np.nanquantile(np.append(shares, 0.1), 0.99)
    norm = PowerNorm(0.5, vmin=0.0, vmax=highest)
    side = 1.0 + 0.13 * len(labels)
    figure = new_figure(2 * side + 0.2, side + 0.45, layout="compressed")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, share, title in zip(panels, shares, ("Gold labels", "Predicted"), strict=True):
        image = panel.imshow(share, norm=norm, cmap="Blues")
        panel.set_title(title)
        panel.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7, **PLAIN)
        panel.set_yticks(range(len(labels)), labels, fontsize=7, **PLAIN)
        panel.tick_params(length=0)
        panel.grid(visible=False)
        panel.set_facecolor("#D8D8D8")
        panel.spines[:].set_visible(True)
        panel.spines[:].set_color("#D8D8D8")
        panel.set_xlabel("… share that also has this one")
    panels[0].set_ylabel("of the texts with this label …")
    bar = figure.colorbar(
        image, ax=panels, shrink=0.6, pad=0.015, aspect=28, format="{x:.0%}", extend="max"
    )
    bar.outline.set_visible(False)
    bar.ax.grid(visible=False)
    bar.minorticks_off()
    return figure


@styled_figure
def everyday_figure(everyday: Everyday) -> "Figure":
    """Draw how often the strongest label is right, by kind of everyday text, best first.

    Args:
        everyday: The figures.

    Returns:
        The figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    kinds = sorted(
        everyday.kinds.items(), key=lambda item: item[1].figures["strongest_primary"].value
    )
    groups = [*kinds, *reversed(list(everyday.groups.items()))]
    figure = new_figure(7.0, 1.0 + 0.19 * len(groups))
    axes = figure.subplots()
    for row, (name, group) in enumerate(groups):
        colour = ORANGE if name in everyday.groups else BLUE
        right = group.figures["strongest_primary"]
        allowed = group.figures["strongest_plausible"]
        axes.hlines(row, right.low, right.high, color=colour, linewidth=1.6, alpha=0.55)
        axes.plot(right.value, row, "o", color=colour, markersize=4.5, clip_on=False)
        axes.plot(
            allowed.value, row, "o", color=colour, markersize=4.5, fillstyle="none", clip_on=False
        )
    axes.set_yticks(
        range(len(groups)), [f"{name} ({group.n_texts})" for name, group in groups], **PLAIN
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.7, len(groups) - 0.3)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("strongest label is primary (filled), primary or plausible (hollow)")
    return figure


def _draw_precision_recall(
    panel: "Axes", gold: Bools, probabilities: Array, threshold: float
) -> None:
    precision, recall = precision_recall_curve(gold, probabilities)
    # From recall 0 on: up to the first step, precision is that of the first step.
    panel.step([0.0, *recall], [precision[0], *precision], where="pre", color=BLUE, linewidth=1.0)
    panel.axhline(gold.mean(), color=GREY, linewidth=0.7, linestyle=":")
    predicted = probabilities >= threshold
    if predicted.any():
        hits = np.count_nonzero(gold & predicted)
        at = (hits / np.count_nonzero(gold), hits / np.count_nonzero(predicted))
        panel.plot(*at, "o", color=ORANGE, markersize=4, clip_on=False)


def _cooccurrence(multi_hot: Bools) -> Floats:
    counts = multi_hot.T.astype(np.float64) @ multi_hot
    support = np.diag(counts)[:, None]
    shares = np.full_like(counts, np.nan)
    np.divide(counts, support, out=shares, where=support > 0)
    np.fill_diagonal(shares, np.nan)
    return shares


def _wilson_interval(frequencies: Floats, sizes: Array) -> tuple[Floats, Floats]:
    """95% interval of frequencies seen in `sizes` trials. Source: Wilson (1927)."""
    z = 1.959964
    centre = (frequencies + z**2 / (2 * sizes)) / (1 + z**2 / sizes)
    spread = np.sqrt(frequencies * (1 - frequencies) / sizes + z**2 / (4 * sizes**2))
    half = z * spread / (1 + z**2 / sizes)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
