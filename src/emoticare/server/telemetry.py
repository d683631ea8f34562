"""Traces over OpenTelemetry: a span a request, with route and status and nothing a client wrote."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from emoticare._version import __version__
from emoticare.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

# W3C Trace Context. No client can put a text there.
_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII
)


class RequestSpan(Protocol):
    """What is told about a request while it is answered.

    Attributes:
        trace_id: The trace that the request belongs to, in 32 hexadecimal digits; None for none.
    """

    @property
    def trace_id(self) -> str | None:
        """The trace's id."""
        ...

    def set_attribute(self, key: str, value: str | int) -> None:
        """Add an attribute."""
        ...


class _NoSpan:
    def __init__(self, trace_id: str | None) -> None:
        self.trace_id = trace_id

    def set_attribute(self, key: str, value: str | int) -> None:
        """Forget the attribute."""


class _OpenTelemetrySpan:
    def __init__(self, span: "Span") -> None:
        self._span = span
        self.trace_id = f"{span.get_span_context().trace_id:032x}"

    def set_attribute(self, key: str, value: str | int) -> None:
        """Add an attribute."""
        self._span.set_attribute(key, value)


class NoTracing:
    """Tells nobody about requests."""

    @contextmanager
    def request(
        self,
        name: str,  # noqa: ARG002 - the contract of Tracing
        headers: Mapping[str, str],
    ) -> Iterator[RequestSpan]:
        """Yield a span that goes nowhere."""
        yield _NoSpan(sent_trace_id(headers))

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
            yield _OpenTelemetrySpan(span)

    def stop(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def sent_trace_id(headers: Mapping[str, str]) -> str | None:
    """Return the id of the trace that a request's sender works on, from `traceparent`."""
    found = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return found[1] if found else None


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
