import pytest

from emoticare.evaluation.benchmark.rounds import (
    interleaved_latencies,
    interleaved_rates,
    median_ratio,
    percentiles_ms,
)


class Clock:
    """A contender that takes a known time for a text, and notes when it was asked."""

    def __init__(self, name, seconds_a_text, asked):
        self.name, self.seconds_a_text, self.asked = name, seconds_a_text, asked

    def seconds(self, texts, *, one_by_one=False):
        self.asked.append((self.name, tuple(texts)))
        each = [self.seconds_a_text] * len(texts)
        return each if one_by_one else [sum(each)]


def test_contenders_take_turns_on_the_same_texts():
    asked, steps = [], []
    workers = {"a": Clock("a", 0.1, asked), "b": Clock("b", 0.4, asked)}
    rates = interleaved_rates(
        workers, [["x", "y"], ["z", "w"]], turns=["a", "b", "a"], on_round=lambda: steps.append(1)
    )
    # Before each turn a few texts that do not count.
    assert [name for name, _ in asked[1::2]] == ["a", "b", "a", "a", "b", "a"]
    assert [name for name, _ in asked[::2]] == ["a", "b", "a", "a", "b", "a"]
    assert {texts for _, texts in asked[:6]} == {("x", "y")}
    assert {texts for _, texts in asked[6:]} == {("z", "w")}
    assert rates["a"] == pytest.approx([10, 10])
    assert rates["b"] == pytest.approx([2.5, 2.5])
    assert len(steps) == 6


def test_a_ratio_is_the_median_of_those_of_rounds():
    rates = {"a": [10.0, 20.0, 90.0], "b": [5.0, 4.0, 10.0]}
    assert median_ratio(rates, "a", "b") == 5


def test_a_slow_contender_gets_the_first_of_the_single_texts():
    asked = []
    workers = {"a": Clock("a", 0.1, asked), "b": Clock("b", 0.4, asked)}
    seconds = interleaved_latencies(workers, [["x", "y", "z"]] * 2, at_most={"b": 1})
    assert [len(seconds[name]) for name in "ab"] == [6, 2]
    assert [texts for name, texts in asked if name == "b"] == [("x",), ("x",)]


def test_percentiles_are_in_milliseconds():
    assert percentiles_ms([i / 1000 for i in range(101)]) == {"p50": 50, "p95": 95, "p99": 99}
