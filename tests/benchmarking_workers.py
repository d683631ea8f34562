"""Contenders of the benchmark without processes of their own."""

from emoticare.evaluation.benchmark.contenders import CONTENDERS
from emoticare.evaluation.benchmark.worker import _timed


class InProcessWorker:
    """Does what `Worker` does in this process."""

    def __init__(self, contender, **options):
        self._score = CONTENDERS[contender](**options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def seconds(self, texts, *, one_by_one=False):
        return _timed(self._score, list(texts), one_by_one=one_by_one)

    def peak_rss_mb(self):
        return 100.0
