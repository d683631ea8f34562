"""A run of the benchmark, drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from emoticare.evaluation.plotting import BLUE, GREY, LIGHT, new_figure, rendered, styled_figure
from emoticare.model.files import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Figures = Mapping[str, object]

_TITLES: Final = {
    "": "EmotiCare",
    "plain_ort": "plain ONNX Runtime loop",
    "pipeline_batch32": "HF pipeline, batch_size=32",
    "pipeline": "HF pipeline",
}
_PANELS: Final = (
    ("Many texts: texts a second", "texts_per_s", "bulk", "{:,.0f}"),
    ("One text: median, ms", "single_p50_ms", "", "{:.1f}"),
    ("Start to first answer, s", "cold_start_s", "", "{:.2f}"),
)
_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {"color": BLUE, "marker": "o", "linewidth": 2.0},
    "plain_ort": {"color": GREY, "marker": "s", "linestyle": "--"},
    "pipeline": {"color": GREY, "marker": "^", "linestyle": ":"},
}


def save_plots(figures: Figures, folder: Path) -> list[Path]:
    """Write bench.png, the contenders side by side, and bench_growth.png.

    Args:
        figures: What `run_bench` returns.
        folder: Made if missing; files of the same names are replaced.

    Returns:
        The paths written.

    Raises:
        EmoticareError: If a file cannot be written.
        MissingExtraError: If matplotlib is not installed.
    """
    drawn = {"bench.png": contenders_figure(figures), "bench_growth.png": growth_figure(figures)}
    for name, figure in drawn.items():
        write_file(folder / name, rendered(figure, "png"))
    return [folder / name for name in drawn]


@styled_figure
def contenders_figure(figures: Figures) -> "Figure":
    """Draw bulk rate, latency of one text and cold start of every contender.

    Args:
        figures: What `run_bench` returns.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    shown = [name for name in _TITLES if _key(name, "texts_per_s", "bulk") in figures]
    figure = new_figure(8.4, 0.75 + 0.36 * len(shown))
    panels = figure.subplots(1, len(_PANELS), sharey=True, width_ratios=[1.4, 1, 1])
    for axes, (title, key, own, shape) in zip(panels, _PANELS, strict=True):
        _draw_bars(axes, [_value(figures, _key(name, key, own)) for name in shown], shape)
        axes.set_title(title)
    panels[0].set_yticks(range(len(shown)), [_TITLES[name] for name in shown])
    panels[0].set_ylim(len(shown) - 0.5, -0.5)
    return figure


@styled_figure
def growth_figure(figures: Figures) -> "Figure":
    """Draw how rates change with the length of texts and with threads.

    Args:
        figures: What `run_bench` returns.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    figure = new_figure(7.0, 2.9)
    by_length, by_threads = figure.subplots(1, 2, width_ratios=[1.6, 1])
    for name, style in _STYLES.items():
        start = _key(name, "texts_per_s", "bulk")
        for axes, ending, part in ((by_length, "_tokens", 2), (by_threads, "_threads", 0)):
            points = _points(figures, f"{start}_", ending, part)
            if points:
                axes.plot(*zip(*points, strict=True), label=_TITLES[name], markersize=4, **style)
    by_length.set(xscale="log", yscale="log", title="Texts a second by length")
    by_length.set(xlabel="tokens of a text, at most")
    by_threads.set(title="… and by threads", xlabel="threads", ylim=(0, None))
    lengths = [x for x, _ in _points(figures, "bulk_texts_per_s_", "_tokens", 2)]
    threads = [x for x, _ in _points(figures, "bulk_texts_per_s_", "_threads", 0)]
    for axes, ticks in ((by_length, lengths), (by_threads, threads)):
        axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
    by_threads.margins(x=0.15)
    by_length.legend()
    return figure


def _draw_bars(axes: "Axes", values: Sequence[float | None], shape: str) -> None:
    """Return one row a contender, EmotiCare's first; empty where nothing was measured."""
    for row, value in enumerate(values):
        if value is not None:
            axes.barh(row, value, height=0.62, color=LIGHT if row else BLUE)
            axes.annotate(
                shape.format(value),
                (value, row),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                weight="normal" if row else "bold",
            )
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.margins(x=0.22)


def _points(figures: Figures, start: str, ending: str, part: int) -> list[tuple[float, float]]:
    """Return the numbers in the keys `start` … `ending`, the one at `part`, and their values."""
    found = []
    for key in figures:
        if key.startswith(start) and key.endswith(ending):
            number = key.removeprefix(start).split("_")[part]
            found.append((float(number), cast("float", figures[key])))
    return sorted(found)


def _key(name: str, figure: str, own: str = "") -> str:
    return "_".join(part for part in (name or own, figure) if part)


def _value(figures: Figures, key: str) -> float | None:
    return cast("float | None", figures.get(key))
