"""Rounds in which contenders take turns, so that a machine's moods meet all of them alike."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from emoticare.evaluation.benchmark.worker import Worker

Rates = Mapping[str, Sequence[float]]
OnRound = Callable[[], None]

WARM_UP_TEXTS = 64
"""What a contender scores before each of its turns: another one has had the caches since."""


def interleaved_rates(
    workers: Mapping[str, Worker],
    rounds: Iterable[Sequence[str]],
    *,
    turns: Sequence[str],
    on_round: OnRound = lambda: None,
) -> Rates:
    """Measure texts a second of each contender in each round.

    Args:
        workers: The contenders by name.
        rounds: The texts of each round, which all contenders score.
        turns: Names in the order of a round, every second round backwards. A contender too fast to
            be timed once comes several times; its times are added up.
        on_round: Called after each turn.

    Returns:
        One rate a round, by contender.
    """
    rates: dict[str, list[float]] = {name: [] for name in workers}
    for number, texts in enumerate(rounds):
        seconds: dict[str, list[float]] = defaultdict(list)
        for name in turns if number % 2 == 0 else reversed(turns):
            workers[name].seconds(texts[:WARM_UP_TEXTS])
            seconds[name] += workers[name].seconds(texts)
            on_round()
        for name, taken in seconds.items():
            rates[name].append(len(texts) * len(taken) / sum(taken))
    return rates


def median_ratio(rates: Rates, of: str, to: str) -> float:
    """Return the median, over rounds, of one contender's rate divided by another's."""
    return statistics.median(a / b for a, b in zip(rates[of], rates[to], strict=True))


def interleaved_latencies(
    workers: Mapping[str, Worker],
    rounds: Iterable[Sequence[str]],
    *,
    at_most: Mapping[str, int],
    on_round: OnRound = lambda: None,
) -> Mapping[str, Sequence[float]]:
    """Measure the seconds of single texts.

    Args:
        workers: The contenders by name.
        rounds: The texts of each round.
        at_most: How many of a round's texts a slow contender gets; all by default.
        on_round: Called after each turn.

    Returns:
        The seconds of every text, by contender.
    """
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for texts in rounds:
        for name, worker in workers.items():
            seconds[name] += worker.seconds(texts[: at_most.get(name)], one_by_one=True)
            on_round()
    return seconds


def percentiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds."""
    values = np.percentile(np.asarray(seconds) * 1000, [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), values.tolist(), strict=True))
