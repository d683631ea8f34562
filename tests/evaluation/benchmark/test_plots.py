import sys

import pytest

from emoticare.errors import MissingExtraError
from emoticare.evaluation.benchmark.plots import (
    contenders_figure,
    growth_figure,
    save_plots,
)
from emoticare.evaluation.plotting import check_plots

FIGURES = {
    "threads": 2,
    "bulk_texts_per_s": 2500.0,
    "plain_ort_texts_per_s": 1200.0,
    "single_p50_ms": 1.2,
    "plain_ort_single_p50_ms": 2.2,
    "cold_start_s": 0.4,
    "bulk_texts_per_s_3_to_16_tokens": 4000.0,
    "bulk_texts_per_s_17_to_32_tokens": 2000.0,
    "plain_ort_texts_per_s_3_to_16_tokens": 2000.0,
    "bulk_texts_per_s_1_threads": 1300.0,
    "bulk_texts_per_s_2_threads": 2500.0,
}
PIPELINE = {
    "pipeline_texts_per_s": 33.0,
    "pipeline_batch32_texts_per_s": 52.0,
    "pipeline_single_p50_ms": 30.0,
    "pipeline_cold_start_s": 6.0,
    "pipeline_texts_per_s_3_to_16_tokens": 40.0,
}


def words_of(figure) -> set[str]:
    return {
        text.get_text()
        for axes in figure.axes
        for text in axes.findobj()
        if hasattr(text, "get_text")
    }


def test_both_figures_are_written(tmp_path):
    paths = save_plots({**FIGURES, **PIPELINE}, tmp_path / "plots")
    assert [path.name for path in paths] == ["bench.png", "bench_growth.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_all_contenders_that_were_measured_are_drawn():
    assert {"EmotiCare", "HF pipeline", "2,500", "33", "6.00"} <= words_of(
        contenders_figure({**FIGURES, **PIPELINE})
    )
    alone = words_of(contenders_figure(FIGURES))
    assert "plain ONNX Runtime loop" in alone
    assert "HF pipeline" not in alone


def test_growth_is_drawn_at_the_upper_end_of_each_bucket():
    by_length, by_threads = growth_figure({**FIGURES, **PIPELINE}).axes
    own = by_length.get_lines()[0]
    assert own.get_xydata().tolist() == [[16, 4000], [32, 2000]]
    assert by_threads.get_lines()[0].get_xydata().tolist() == [[1, 1300], [2, 2500]]


def test_missing_matplotlib_is_told_before_the_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match="plots"):
        check_plots()
