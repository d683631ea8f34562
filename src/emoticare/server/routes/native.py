"""`POST /v1/emotions`: the native shape."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from emoticare.server import answers
from emoticare.server.contexts import has_context, in_contexts
from emoticare.server.errors import ValidationError
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.routes.groups import exclusivity_for
from emoticare.server.routes.thresholds import resolve
from emoticare.server.schemas import (
    EMOTIONS_EXAMPLES,
    EmotionsRequest,
    EmotionsResponse,
    ManyTexts,
    OneText,
)
from emoticare.server.service import Service
from emoticare.server.spans import SpanOptions, plan, results


def native_router(service: Service) -> APIRouter:
    """Make the route."""
    router = APIRouter(tags=["emotions"])
    labels, model = service.scorer.labels, service.scorer.artifact.digest

    @router.post(
        "/v1/emotions",
        summary="The emotions of one text or many",
        response_model=EmotionsResponse,
        responses=SCORING_ERRORS,
    )
    async def predict_emotions(
        request: Request,
        body: Annotated[EmotionsRequest, Body(openapi_examples=EMOTIONS_EXAMPLES)],
    ) -> Response:
        thresholds = resolve(body, service.scorer.artifact)
        exclusivity = exclusivity_for(body, service.scorer.artifact)
        texts = [body.text] if isinstance(body, OneText) else body.texts
        contexts = [body.context] if isinstance(body, OneText) else body.contexts
        in_context = in_contexts(texts, contexts, service.scorer.artifact.config)
        if body.spans:
            if has_context(in_context):
                raise ValidationError(
                    "Expected no context with spans, since sentences are read alone, found both. "
                    "Leave one of them out."
                )
            return await read(request, body, texts, exclusivity)
        return await answers.json_response(
            await service.score(request, in_context, asks_low=body.asks_low()),
            lambda scores: {
                "results": answers.with_warnings(
                    answers.emotions(scores, labels, thresholds, body.top_k, exclusivity),
                    scores.warnings,
                    body.abstain,
                ),
                "model": model,
            },
        )

    async def read(
        request: Request, body: OneText | ManyTexts, texts: list[str], exclusivity: float | None
    ) -> Response:
        service.check_texts(texts)
        config = service.scorer.artifact.config
        options = SpanOptions(config, body.threshold(), body.top_k, exclusivity)
        most = service.config.max_queue_texts
        planned = await asyncio.to_thread(plan, texts, service.scorer.tokenize, most)
        return await answers.json_response(
            await service.score_sentences(request, planned.texts, asks_low=body.asks_low()),
            lambda scores: {"results": results(planned, scores, options), "model": model},
        )

    return router
