"""Contenders of the benchmark without processes of their own."""

from collections.abc import Iterable
from typing import Any, Self

from emoticare.evaluation.benchmark.contenders import CONTENDERS
from emoticare.evaluation.benchmark.worker import _timed


class InProcessWorker:
    """Does what `Worker` does in this process."""

    def __init__(self, contender: str, **options: Any) -> None:
        self._score = CONTENDERS[contender](**options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def seconds(self, texts: Iterable[str], *, one_by_one: bool = False) -> list[float]:
        return _timed(self._score, list(texts), one_by_one=one_by_one)

    def peak_rss_mb(self) -> float:
        return 100.0
