import json

import pytest
from benchmarking_workers import InProcessWorker


@pytest.fixture
def quick(emoticare, tiny_model_folder, monkeypatch):
    monkeypatch.setattr("emoticare.evaluation.benchmark.bench.Worker", InProcessWorker)
    monkeypatch.setattr(
        "emoticare.evaluation.benchmark.rivals._PIPELINE_NEEDS", ("no_such_package",)
    )
    monkeypatch.setattr("emoticare.evaluation.benchmark.int8_rate._SIZE", 64)
    return lambda *more: emoticare("bench", "--quick", "--model", tiny_model_folder, *more)


def test_the_table_goes_to_stdout_and_the_rest_to_stderr(quick, tmp_path):
    answer = quick("--json", tmp_path / "bench.json", "--plots", tmp_path / "plots")
    assert answer.code == 0, answer.err
    assert "plain ORT" in answer.out
    assert "pipeline" not in answer.out
    assert "scoring in bulk" in answer.err
    assert "left out: the Hugging Face pipeline, for want of no_such_package" in answer.err
    assert json.loads((tmp_path / "bench.json").read_text())["bulk_texts_per_s"] > 0
    assert (tmp_path / "plots" / "bench.png").exists()


def test_a_folder_without_texts_is_one_message(quick, tmp_path):
    answer = quick("--data", tmp_path / "nowhere")
    assert (answer.code, answer.out) == (1, "")
    assert "found nothing" in answer.err
    assert "Traceback" not in answer.err
