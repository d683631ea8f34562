"""`GET /livez`, `/readyz`, `/health`, `/info` and `/metrics`."""

from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool

from emoticare._version import __version__
from emoticare.labels import SENTIMENTS
from emoticare.meaning.documents.aggregation import document_thresholds
from emoticare.server.routes.declared import declared
from emoticare.server.schemas import Classifier, Health, Info, ModelType
from emoticare.server.service import Service
from emoticare.stages.groups import GROUPINGS, is_groupable

PROBES: Final = ("/livez", "/readyz", "/health")


def status_router(service: Service) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["status"])
    info_of_this_server = _info(service)

    @router.get("/livez", summary="Whether the process is alive")
    async def get_liveness() -> Health:
        return Health()

    @router.get(
        "/readyz",
        summary="Whether to send requests here: the model answers and the server is not stopping",
        responses=declared(503),
    )
    async def get_readiness() -> Health:
        service.check_ready()
        return Health()

    @router.get("/health", summary="The same as /readyz", responses=declared(503))
    async def get_health() -> Health:
        service.check_ready()
        return Health()

    @router.get("/info", summary="The model and the limits", responses=declared(401, 403, 429))
    async def get_info() -> Info:
        return info_of_this_server

    @router.get(
        "/metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def get_metrics() -> Response:
        metrics = await run_in_threadpool(service.metrics.render)
        return Response(metrics, media_type=CONTENT_TYPE_LATEST)

    return router


def _info(service: Service) -> Info:
    model, limits = service.scorer.artifact, service.config
    labels = model.config.labels
    return Info(
        model_id="emoticare",
        model_sha=model.digest,
        model_type=ModelType(
            classifier=Classifier(
                id2label={str(i): label for i, label in enumerate(labels)},
                label2id={label: i for i, label in enumerate(labels)},
            )
        ),
        labels=list(labels),
        sentiments={
            name: [label for label in members if label in labels]
            for name, members in SENTIMENTS.items()
        },
        groupings={
            name: {group: list(members) for group, members in grouping.items()}
            for name, grouping in GROUPINGS.items()
            if is_groupable(labels)
        },
        thresholds=dict(model.config.thresholds.per_label),
        document_thresholds=dict(
            document_thresholds(
                model.config.thresholds, labels, model.config.fitted.documents
            ).per_label
        ),
        version=__version__,
        max_input_length=model.config.max_length,
        max_input_chars=limits.max_chars,
        max_batch_tokens=limits.batch_tokens,
        max_client_batch_size=limits.max_texts,
        max_concurrent_requests=limits.max_concurrent_requests,
        max_body_bytes=limits.max_body_bytes,
        dashboard=service.counts is not None,
    )
