"""What Prometheus reads about the server; no metric ever carries a text."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from emoticare.server.processes.shared_metrics import SharedMetrics

# OpenTelemetry's advice for http.server.request.duration.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_INFERENCE_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_BATCH_TEXTS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class ServerMetrics:
    """The metrics of one server, in a registry of their own.

    Args:
        labels: Labels of the model, so that each is counted from 0.
        version: Version of the package.
        model: Digest of the model.
        shared: What is shown instead of what this process has counted: the metrics of all; None
            where there is one process.
    """

    def __init__(
        self,
        labels: Sequence[str],
        version: str,
        model: str,
        shared: SharedMetrics | None = None,
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the time at which each series began, of no use here
        self._registry = self._shown = CollectorRegistry()
        self._shared = shared
        if shared:
            self._shown = CollectorRegistry()
            self._shown.register(shared)
        else:
            ProcessCollector(registry=self._registry)
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Time from a request's first byte to the last of its answer.",
            ("http_request_method", "http_route", "http_response_status_code"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # By method, route and status; looking a series up costs more than counting.
        self._durations: dict[tuple[str, str, int], Histogram] = {}
        self._active = self._gauge("http_server_active_requests", "Requests without an answer yet.")
        self._streams = self._gauge("emoticare_open_streams", "Open connections to /v1/stream.")
        self._queue_time = self._histogram(
            "emoticare_queue_time_seconds", "Time a text waited for the model.", _SECONDS
        )
        self._inference_time = self._histogram(
            "emoticare_inference_time_seconds", "Time a batch ran.", _INFERENCE_SECONDS
        )
        self._batch_texts = self._histogram(
            "emoticare_batch_texts", "Texts in a batch.", _BATCH_TEXTS
        )
        self._tokens = Counter(
            "emoticare_tokens", "Tokens read by the model.", registry=self._registry
        )
        self._predicted = Counter(
            "emoticare_predicted_labels",
            "Texts whose score reached the model's own threshold of a label.",
            ("label",),
            registry=self._registry,
        )
        self._key_requests = self._by_key("emoticare_key_requests", "Requests for scores by key.")
        self._key_texts = self._by_key("emoticare_key_texts", "Texts sent by key.")
        self._key_refusals = self._by_key(
            "emoticare_key_refusals", "Requests and messages refused by a key's limits."
        )
        self._key_names: set[str] = set()
        self._waiting = self._gauge("emoticare_queue_texts", "Texts that wait for the model.")
        self._ready = self._gauge("emoticare_ready", "1 while the model answers.", "livemin")
        self._n_waiting: Callable[[], int] = lambda: 0
        self._is_ready: Callable[[], bool] = lambda: False
        self._info = _BuildInfo()
        self._shown.register(self._info)
        self.describe(version, model)
        for label in labels:
            self._predicted.labels(label)

    def describe(self, version: str, model: str) -> None:
        """Say which version of the package serves which model."""
        self._info.version, self._info.model = version, model

    def watch(self, *, n_waiting: Callable[[], int], is_ready: Callable[[], bool]) -> None:
        """Say where the queue's length and the model's state are read."""
        self._n_waiting, self._is_ready = n_waiting, is_ready

    def refresh(self) -> None:
        """Read the queue's length and the model's state, which other processes may show."""
        self._waiting.set(self._n_waiting())
        self._ready.set(self._is_ready())

    def begin_request(self) -> None:
        """Count a request that has come."""
        self._active.inc()

    def end_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: A known method of HTTP.
            route: The route's template, never the path that came.
            status: Status of the answer.
            seconds: How long it took.
        """
        self._active.dec()
        durations = self._durations.get((method, route, status))
        if durations is None:
            durations = self._requests.labels(method, route, str(status))
            self._durations[method, route, status] = durations
        durations.observe(seconds)

    def begin_stream(self) -> None:
        """Count a stream that was opened."""
        self._streams.inc()

    def end_stream(self) -> None:
        """Count a stream that was closed."""
        self._streams.dec()

    def count_batch(
        self,
        *,
        n_tokens: int,
        seconds: float,
        waits_s: Sequence[float],
        predicted: Mapping[str, int],
    ) -> None:
        """Count a batch.

        Args:
            n_tokens: Its tokens, without padding.
            seconds: How long it ran.
            waits_s: How long each of its texts had waited.
            predicted: How many of its texts carry each label.
        """
        self._batch_texts.observe(len(waits_s))
        self._inference_time.observe(seconds)
        self._tokens.inc(n_tokens)
        for wait_s in waits_s:
            self._queue_time.observe(wait_s)
        for label, count in predicted.items():
            if count:
                self._predicted.labels(label).inc(count)

    def name_keys(self, names: Collection[str]) -> None:
        """Count by these keys from now on, and forget the counts of all others.

        Args:
            names: Those in the file of keys, so that a client can add no series.
        """
        gone = self._key_names.difference(names)
        if self._shared:  # where no series can be removed
            self._shared.key_names, gone = frozenset(names), set()
        for counter in (self._key_requests, self._key_texts, self._key_refusals):
            for name in gone:
                counter.remove(name)
            for name in names:
                counter.labels(name)
        self._key_names = set(names)

    def count_key_request(self, name: str) -> None:
        """Count a request for scores, or a stream's message."""
        self._key_requests.labels(name).inc()

    def count_key_texts(self, name: str, n: int) -> None:
        """Count texts that came with a key."""
        self._key_texts.labels(name).inc(n)

    def count_key_refusal(self, name: str) -> None:
        """Count what a key's limits did not allow."""
        self._key_refusals.labels(name).inc()

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        self.refresh()
        return generate_latest(self._shown)

    def _gauge(
        self,
        name: str,
        documentation: str,
        of_all: Literal["livesum", "livemin"] = "livesum",
    ) -> Gauge:
        """Make a gauge, and say how those of several processes make one."""
        return Gauge(name, documentation, registry=self._registry, multiprocess_mode=of_all)

    def _by_key(self, name: str, documentation: str) -> Counter:
        return Counter(name, documentation, ("key",), registry=self._registry)

    def _histogram(self, name: str, documentation: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, documentation, buckets=buckets, registry=self._registry)


class _BuildInfo(Collector):
    """Says what is served."""

    def __init__(self) -> None:
        self.version = self.model = ""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        info = GaugeMetricFamily("emoticare_build_info", "Always 1.", labels=("version", "model"))
        info.add_metric((self.version, self.model), 1)
        yield info
