"""Traces over OpenTelemetry: a span a request, with route and status and nothing a client wrote."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from emoticare._version import __version__
from emoticare.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


class RequestSpan(Protocol):
    """What is told about a request while it is answered."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Add an attribute."""
        ...


class _NoSpan:
    def set_attribute(self, key: str, value: str | int) -> None:
        """Forget the attribute."""


class NoTracing:
    """Tells nobody about requests."""

    @contextmanager
    def request(
        self,
        name: str,  # noqa: ARG002 - the contract of Tracing
        headers: Mapping[str, str],  # noqa: ARG002
    ) -> Iterator[RequestSpan]:
        """Yield a span that goes nowhere."""
        yield _NoSpan()

    def stop(self) -> None:
        """Do nothing."""


class Tracing:
    """Sends a span a request.

    Args:
        exporter: Where spans go.
    """

    def __init__(self, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": "emoticare", "service.version": __version__})
        self._provider: TracerProvider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("emoticare.server", __version__)

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str]) -> Iterator[RequestSpan]:
        """Spans a request.

        Args:
            name: Method and route's template.
            headers: Of the request; `traceparent` joins the span to its caller's trace.
        """
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract(headers)
        with self._tracer.start_as_current_span(
            name, context, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            yield span

    def stop(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def make_tracing(otlp_endpoint: str | None) -> Tracing | NoTracing:
    """Make what traces requests.

    Args:
        otlp_endpoint: URL of a collector's traces over HTTP; None for no traces.

    Raises:
        MissingExtraError: If OpenTelemetry is not installed.
    """
    if otlp_endpoint is None:
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingExtraError("Sending traces", "telemetry") from error
    return Tracing(OTLPSpanExporter(otlp_endpoint))
