import sys

import pytest

from emoticare.errors import EmoticareError
from emoticare.evaluation.benchmark.cold_start import first_answer_s, own_command
from emoticare.evaluation.benchmark.int8_rate import Int8Product, operations_of
from emoticare.evaluation.benchmark.worker import Worker


def test_a_contender_in_a_process_of_its_own(tiny_model_folder):
    with Worker("own", model=str(tiny_model_folder), threads=1) as worker:
        (together,) = worker.seconds(["so happy", 'a "quoted"\nline \ud800'])
        assert 0 < together < 60
        assert len(worker.seconds(["so happy"] * 3, one_by_one=True)) == 3
        peak = worker.peak_rss_mb()
        assert peak is None or 20 < peak < 2000


def test_a_contender_that_cannot_start_is_an_error(tmp_path, capfd):
    with pytest.raises(EmoticareError, match=r"contender own to answer.*status 1"):
        Worker("own", model=str(tmp_path))
    assert "is not an EmotiCare model" in capfd.readouterr().err


def test_the_start_of_the_command_line_is_measured(tiny_model_folder):
    assert 0.05 < first_answer_s(own_command(tiny_model_folder)) < 60


@pytest.mark.parametrize("program", ["print('x'); raise SystemExit(3)", "pass"])
def test_a_process_that_fails_has_no_start(program):
    with pytest.raises(EmoticareError, match="Expected an answer"):
        first_answer_s([sys.executable, "-c", program])


def test_operations_are_those_of_the_weights(embedded, monkeypatch):
    one, two = (operations_of(embedded.artifact, n) for n in (10, 11))
    # 5 whole layers, and keys and values of the last, each with the heads and units it has left.
    weights = embedded.artifact.float_model().state_dict
    widths = [
        [len(weights[f"distilbert.transformer.layer.{i}.{name}.weight"]) for i in range(6)]
        for name in ("attention.k_lin", "ffn.lin1")
    ]
    assert [sum(width) for width in widths] == [54 * 32, 5376]
    attention, feed_forward = (sum(width[:5]) for width in widths)
    assert two - one == 2 * 384 * (4 * attention + 2 * feed_forward + 2 * widths[0][5])
    monkeypatch.setattr("emoticare.evaluation.benchmark.int8_rate._SIZE", 64)
    monkeypatch.setattr("emoticare.evaluation.benchmark.int8_rate._SECONDS_A_ROUND", 0.01)
    assert Int8Product(1).operations_per_s() > 1e6
