"""The application: routes, what surrounds them, and how errors look."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from emoticare._version import __version__
from emoticare.classifier import EmotionClassifier
from emoticare.server.config import ServerConfig
from emoticare.server.dashboard import EmotionCounts
from emoticare.server.direct import DirectRoutes
from emoticare.server.error_shapes import Problem, ProblemResponse
from emoticare.server.errors import ERROR_TYPES, InternalError, ServingError
from emoticare.server.keys.numbers import Keep, keep_alone
from emoticare.server.keys.store import KeyStore
from emoticare.server.logs import configure_loop_logs
from emoticare.server.metrics import ServerMetrics
from emoticare.server.middleware.admission import AdmissionMiddleware
from emoticare.server.middleware.authentication import AuthenticationMiddleware
from emoticare.server.middleware.draining import DrainingMiddleware
from emoticare.server.middleware.head import HeadMiddleware
from emoticare.server.middleware.hosts import HostMiddleware, own_names
from emoticare.server.middleware.observation import ObservationMiddleware
from emoticare.server.middleware.prefix import PrefixMiddleware
from emoticare.server.middleware.queries import QueryMiddleware
from emoticare.server.middleware.security import SecurityHeadersMiddleware
from emoticare.server.openapi import TAGS, allowed_methods, complete
from emoticare.server.processes.shared_metrics import SharedMetrics
from emoticare.server.routes.conversations import conversations_router
from emoticare.server.routes.dashboard import DASHBOARD_PAGE, dashboard_router
from emoticare.server.routes.discovery import DISCOVERY, discovery_router
from emoticare.server.routes.explanations import explanations_router
from emoticare.server.routes.extras import extras_router
from emoticare.server.routes.guardrail import guardrail_router
from emoticare.server.routes.hugging_face import hugging_face_router
from emoticare.server.routes.models import models_router
from emoticare.server.routes.moderations import moderations_router
from emoticare.server.routes.native import native_router
from emoticare.server.routes.page import page_paths, page_router
from emoticare.server.routes.perspective import perspective_router
from emoticare.server.routes.status import PROBES, status_router
from emoticare.server.routes.stream import STREAM, stream_router
from emoticare.server.routes.tei import tei_router
from emoticare.server.scorer import BatchingScorer
from emoticare.server.service import Service
from emoticare.server.telemetry import NoTracing, Tracing
from emoticare.server.validation import refusal

_METHOD_NOT_ALLOWED: Final = 405
_OPENAPI: Final = "/openapi.json"
_DESCRIPTION: Final = (
    "Which of 28 emotions an English text carries, several at once, calibrated. For chats there is "
    "also `WS /v1/stream`: each message is a request of `/v1/emotions` with one `text` (and an "
    "`id`, if you like), each answer one of its `results`; with a `speaker` or a `time` "
    "it is a turn, answered as in `/v1/conversations`."
)
# The answer for a single text is below the first, one that would hold up others above the second.
_GZIP_FROM_BYTES: Final = 4096
_GZIP_IN_THREAD_FROM_BYTES: Final = 32_768
_GZIP_LEVEL: Final = 4
_MESSAGES: Final = {
    400: "Expected a body of JSON, found something else. Check its syntax.",
    404: "Expected one of this server's paths, found another. GET /docs lists them.",
    405: "Expected another method for this path. GET /docs lists them.",
}


def make_service(
    config: ServerConfig,
    make_classifier: Callable[[], EmotionClassifier],
    shared_metrics: SharedMetrics | None = None,
    keep: Keep = keep_alone,
) -> Service:
    """Load the model and put a server's parts together.

    Args:
        config: The configuration.
        make_classifier: Loads the model, and loads it again should it fail.
        shared_metrics: The metrics of all processes; None where there is one.
        keep: Where it is kept what has been used of the limits of keys.

    Raises:
        ArtifactError: If the model cannot be loaded.
        UsageError: If the file of the dashboard or of keys cannot be used.
    """
    classifier = make_classifier()
    digest = classifier.artifact.digest
    metrics = ServerMetrics(classifier.labels, __version__, digest, shared_metrics)
    keys = KeyStore(config.api_keys, config.named_keys, metrics, keep=keep)
    counts = EmotionCounts(config.dashboard, classifier.labels) if config.dashboard else None
    scorer = BatchingScorer(classifier, make_classifier, config, metrics, counts)
    return Service(config, scorer, metrics, keys, counts)


def make_app(service: Service, tracing: Tracing | NoTracing) -> ASGIApp:
    """Make the application.

    Args:
        service: The parts of the server.
        tracing: Where spans of requests go.
    """
    config = service.config
    scoring_routers = (
        native_router(service),
        explanations_router(service),
        moderations_router(service),
        conversations_router(service),
        hugging_face_router(service),
        tei_router(service),
        perspective_router(service),
        guardrail_router(service),
        extras_router(service),
    )
    app = _routes(service, tracing, scoring_routers)
    methods = {path: operations.keys() for path, operations in app.openapi()["paths"].items()}
    pages = (*page_paths(), *((DASHBOARD_PAGE,) if service.counts else ()))
    scoring = [path for path, operations in methods.items() if "post" in operations]
    wrapped: ASGIApp = DirectRoutes(app, scoring_routers, config.max_texts)
    wrapped = AdmissionMiddleware(wrapped, service, scoring)
    wrapped = AuthenticationMiddleware(
        wrapped,
        service.keys if config.needs_key else None,
        (*PROBES, "/metrics", _OPENAPI, DISCOVERY, *pages),
        config.cors_origins,
    )
    wrapped = QueryMiddleware(wrapped)
    if config.cors_origins:
        wrapped = CORSMiddleware(
            wrapped,
            allow_origins=config.cors_origins,
            allow_methods=["GET", "POST"],
            # SillyTavern sends the last one to its Extras.
            allow_headers=[
                *("Authorization", "Content-Type", "X-Api-Key", "X-Request-Id"),
                "Bypass-Tunnel-Reminder",
            ],
            expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
        )
    wrapped = HostMiddleware(wrapped, own_names(config.host, config.allowed_hosts))
    wrapped = SecurityHeadersMiddleware(wrapped)
    wrapped = DrainingMiddleware(wrapped, service.traffic)
    wrapped = GZipMiddleware(
        wrapped, _GZIP_FROM_BYTES, _GZIP_LEVEL, thread_minimum_size=_GZIP_IN_THREAD_FROM_BYTES
    )
    wrapped = HeadMiddleware(wrapped)
    templates = {*methods, *pages, _OPENAPI, DISCOVERY}
    wrapped = ObservationMiddleware(wrapped, templates, service.metrics, tracing)
    if config.root_path:
        wrapped = PrefixMiddleware(wrapped, config.root_path, {*templates, STREAM})
    return wrapped


def _routes(
    service: Service, tracing: Tracing | NoTracing, scoring_routers: Iterable[APIRouter]
) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        configure_loop_logs(asyncio.get_running_loop())
        try:
            await service.scorer.start()
            yield
        finally:
            await service.scorer.stop()
            if service.counts:
                service.counts.close()
            tracing.stop()

    async def answer_http(request: Request, error: HTTPException) -> Response:
        status = error.status_code
        message = _MESSAGES.get(status, "The server could not answer this request.")
        problem = Problem(message, status, ERROR_TYPES.get(status, "internal"))
        # Of several routes of one path, each knows its own methods only.
        methods = allowed_methods(document, request.url.path)
        headers = {"Allow": methods} if status == _METHOD_NOT_ALLOWED and methods else error.headers
        return ProblemResponse(problem, headers)

    app = FastAPI(
        title="EmotiCare",
        version=__version__,
        description=_DESCRIPTION,
        openapi_tags=TAGS,
        contact={"name": "The EmotiCare authors"},
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # Its own traces hold paths and queries; see telemetry.py for ours.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            ServingError: _answer_refusal,
            RequestValidationError: _answer_invalid,
            HTTPException: answer_http,
            Exception: _answer_fault,
        },
    )
    for router in (
        *scoring_routers,
        stream_router(service),
        models_router(service),
        discovery_router(service.config.root_path),
        status_router(service),
        page_router(),
        *((dashboard_router(service.counts),) if service.counts else ()),
    ):
        app.include_router(router)

    @app.get(_OPENAPI, include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return document

    document = app.openapi()
    model = service.scorer.artifact.config
    complete(document, service.config, model, needs_key=service.config.needs_key)
    return app


async def _answer_refusal(_: Request, error: ServingError) -> Response:
    return error.response()


async def _answer_invalid(_: Request, error: RequestValidationError) -> Response:
    # FastAPI's own answer quotes what was sent.
    return refusal(error.errors()).response()


async def _answer_fault(_: Request, error: Exception) -> Response:  # noqa: ARG001
    return InternalError("The server failed. Its log says where, by X-Request-Id.").response()
