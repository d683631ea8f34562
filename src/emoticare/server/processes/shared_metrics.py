"""Metrics of all processes of a server together, in prometheus_client's files."""

import os
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector


def count_in(folder: Path, number: int) -> None:
    """Have all metrics that are made from now on counted in files.

    They go by the number of the process among those of the server, not by that of the system: a
    process that takes another one's place counts on, and dead ones leave no files behind.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]


def forget_present_state(folder: Path, number: int) -> None:
    """Drop what was under way in a process that has ended; what it has counted stays."""
    mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]


class SharedMetrics(Collector):
    """Adds up the metrics of all processes, whichever is asked.

    Args:
        folder: Where they count.
        pids: Returns which processes of the system they are.

    Attributes:
        key_names: The keys whose series are shown; none can be taken out of the files.
    """

    def __init__(self, folder: Path, pids: Callable[[], Iterable[int]]) -> None:
        self._folder = folder
        self._pids = pids
        self.key_names: Collection[str] = ()

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        shown = {None, *self.key_names}
        everything: Any = MultiProcessCollector
        for metric in everything(None, str(self._folder)).collect():
            metric.samples = [one for one in metric.samples if one.labels.get("key") in shown]
            yield metric
        yield from _of_the_system(self._pids())


def _of_the_system(pids: Iterable[int]) -> Iterable[Metric]:
    """Return memory, time and files of each process, by its number."""
    found: dict[str, Metric] = {}
    for pid in pids:
        for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
            shown = found.setdefault(
                metric.name, Metric(metric.name, metric.documentation, metric.type)
            )
            for sample in metric.samples:
                shown.add_sample(sample.name, {**sample.labels, "pid": str(pid)}, sample.value)
    return found.values()
