"""`POST /v1/explanations`: which words move which emotion."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic_core import to_json

from emoticare.meaning.explanation import Occlusion
from emoticare.server.contexts import in_contexts
from emoticare.server.errors import ValidationError
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.schemas import (
    EXPLANATION_EXAMPLES,
    ExplanationRequest,
    ExplanationResponse,
)
from emoticare.server.service import Service
from emoticare.stages.decision import resolve_threshold


def explanations_router(service: Service) -> APIRouter:
    """Make the route."""
    router = APIRouter(tags=["emotions"])
    scorer = service.scorer
    config, model = scorer.artifact.config, scorer.artifact.digest
    labels = config.labels
    thresholds = resolve_threshold(None, labels, config.thresholds)

    @router.post(
        "/v1/explanations",
        summary="How much each word and each sentence moves each emotion",
        response_model=ExplanationResponse,
        responses=SCORING_ERRORS,
    )
    async def explain_emotions(
        request: Request,
        body: Annotated[ExplanationRequest, Body(openapi_examples=EXPLANATION_EXAMPLES)],
    ) -> Response:
        unknown = set(body.labels or ()) - set(labels)
        if unknown:  # not named: a client may have put anything there
            raise ValidationError(
                f"Expected labels of the model, found {len(unknown)} unknown. GET /info lists "
                "the labels."
            )
        (text,) = in_contexts([body.text], [body.context], config)
        service.check_texts([text])
        occlusion = await asyncio.to_thread(
            Occlusion.of, scorer.tokenize, scorer.token_offsets, body.text, body.context or ""
        )
        (warnings,) = scorer.warnings(occlusion.copies[:1])
        logits = await service.score_copies(request, occlusion.copies)

        def write() -> bytes:
            explanation = occlusion.explanation(logits, config, thresholds, warnings)
            return to_json({**explanation.to_json(body.labels), "model": model})

        return Response(await asyncio.to_thread(write), media_type="application/json")

    return router
