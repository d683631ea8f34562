import importlib.util
import re
from pathlib import Path

import pytest
from benchmarking_workers import InProcessWorker

from emoticare.evaluation.benchmark import bench as module
from emoticare.evaluation.benchmark.bench import QUICK, _thread_steps, _turns, run_bench

DOCUMENTED = (Path(__file__).parents[3] / "docs" / "bench.md").read_text(encoding="utf-8")
NAMED_BY_ALL = (
    "bulk_texts_per_s", "pipeline_texts_per_s", "pipeline_batch32_texts_per_s",
    "plain_ort_texts_per_s", "speedup_vs_pipeline", "speedup_vs_pipeline_batch32",
    "speedup_vs_plain_ort", "single_p50_ms", "single_p99_ms", "pipeline_single_p50_ms",
    "cold_start_s", "pipeline_cold_start_s", "peak_rss_mb", "int8_share",
)  # fmt: skip


@pytest.fixture
def in_this_process(monkeypatch):
    monkeypatch.setattr(module, "Worker", InProcessWorker)
    monkeypatch.setattr(module, "first_answer_s", lambda command: 5.0 if "-c" in command else 0.5)
    monkeypatch.setattr("emoticare.evaluation.benchmark.int8_rate._SIZE", 64)
    monkeypatch.setattr("emoticare.evaluation.benchmark.int8_rate._SECONDS_A_ROUND", 0.01)
    monkeypatch.setenv("EMOTICARE_THREADS", "2")


def without(monkeypatch, *packages):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name in packages else found(name, *more),
    )


def test_every_key_is_there_and_documented(tiny_model_folder, in_this_process):
    stages = []
    figures = run_bench(None, tiny_model_folder, QUICK, stages.append)
    assert set(NAMED_BY_ALL) <= set(figures)
    assert figures["left_out"] == []
    assert figures["threads"] == 2
    assert figures["cold_start_speedup_vs_pipeline"] == 10
    assert all(isinstance(value, int | float | str | list) for value in figures.values())
    for key in figures:
        general = re.sub(r"_\d+_to_\d+_tokens$", "_{A}_to_{B}_tokens", key)
        general = re.sub(r"_\d+_threads$", "_{N}_threads", general)
        rival = re.sub(r"^(plain_ort|pipeline)_texts_per_s_\{A.*", r"\1_texts_per_s_", general)
        assert f"`{rival}`" in DOCUMENTED, key
    assert "scoring in bulk" in stages


def test_without_torch_the_pipeline_is_left_out(tiny_model_folder, in_this_process, monkeypatch):
    without(monkeypatch, "torch")
    figures = run_bench(None, tiny_model_folder, QUICK)
    assert not [key for key in figures if "pipeline" in key]
    assert "speedup_vs_plain_ort" in figures
    assert figures["left_out"] == ["the Hugging Face pipeline, for want of torch"]


def test_without_onnx_the_plain_loop_is_left_out(tiny_model_folder, in_this_process, monkeypatch):
    without(monkeypatch, "torch", "transformers", "onnx")
    figures = run_bench(None, tiny_model_folder, QUICK)
    assert not [key for key in figures if "pipeline" in key or "plain" in key or "int8" in key]
    assert figures["bulk_texts_per_s"] > 0
    assert len(figures["left_out"]) == 2
    assert "emoticare[export]" in figures["left_out"][1]


def test_fast_contenders_run_around_each_slow_one():
    assert _turns(["a", "b"], []) == ["a", "b"] * 3
    assert _turns(["a"], ["x", "y"]) == ["a", "x", "a", "y", "a"]


def test_threads_grow_by_doubling():
    assert [_thread_steps(n) for n in (1, 2, 3, 8)] == [[1], [1, 2], [1, 2, 3], [1, 2, 4, 8]]
