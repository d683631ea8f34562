"""`POST /v1/emotions`: the native shape."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from emoticare.serving import answers
from emoticare.serving.routes.declared import SCORING_ERRORS
from emoticare.serving.routes.groups import check_groups
from emoticare.serving.routes.thresholds import resolve
from emoticare.serving.schemas import (
    EMOTIONS_EXAMPLES,
    EmotionsRequest,
    EmotionsResponse,
    OneText,
)
from emoticare.serving.service import Service


def native_router(service: Service) -> APIRouter:
    """Makes the route."""
    router = APIRouter(tags=["emotions"])
    labels, model = service.scorer.labels, service.scorer.artifact.digest

    @router.post(
        "/v1/emotions",
        summary="The emotions of one text or many",
        response_model=EmotionsResponse,
        responses=SCORING_ERRORS,
    )
    async def emotions(
        request: Request,
        body: Annotated[EmotionsRequest, Body(openapi_examples=EMOTIONS_EXAMPLES)],
    ) -> Response:
        thresholds = resolve(body, service.scorer.artifact)
        check_groups(body, service.scorer.artifact)
        texts = [body.text] if isinstance(body, OneText) else body.texts
        return await answers.json_response(
            await service.score(request, texts),
            lambda scores: {
                "results": answers.emotions(scores, labels, thresholds, body.top_k, body.groups),
                "model": model,
            },
        )

    return router
