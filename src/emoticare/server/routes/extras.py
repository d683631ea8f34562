"""`POST /api/classify` and what belongs to it: the shape of SillyTavern's Extras."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from emoticare.server import answers
from emoticare.server.contexts import in_contexts
from emoticare.server.extras_schemas import (
    CLASSIFY_EXAMPLES,
    ClassifyRequest,
    ClassifyResponse,
    LabelsResponse,
    ModulesResponse,
)
from emoticare.server.routes.declared import SCORING_ERRORS, declared
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores
from emoticare.stages.probabilities import sigmoid


def extras_router(service: Service) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["drop-in"])
    labels = service.scorer.labels

    @router.post(
        "/api/classify",
        summary="SillyTavern Extras: all emotions of a text, best first",
        response_model=ClassifyResponse,
        responses=SCORING_ERRORS,
    )
    async def classify_line(
        request: Request,
        body: Annotated[ClassifyRequest, Body(openapi_examples=CLASSIFY_EXAMPLES)],
    ) -> Response:
        texts = in_contexts([body.text], [body.context], service.scorer.artifact.config)

        def write(scores: Scores) -> object:
            (ranked,) = answers.ranked(sigmoid(scores.logits), labels, None)
            return {"classification": ranked}

        return await answers.json_response(await service.score(request, texts), write)

    @router.get(
        "/api/classify/labels",
        summary="SillyTavern Extras: the labels",
        responses=declared(401, 403, 429),
    )
    async def list_classify_labels() -> LabelsResponse:
        return LabelsResponse(labels=list(labels))

    @router.get(
        "/api/modules",
        summary="SillyTavern Extras: which modules there are",
        responses=declared(401, 403, 429),
    )
    async def list_modules() -> ModulesResponse:
        return ModulesResponse(modules=["classify"])

    return router
