"""`POST /beta/litellm_basic_guardrail_api`: what the policy flags, LiteLLM blocks or masks."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request, Response

from emoticare.meaning.scored_texts import Span
from emoticare.server import answers
from emoticare.server.guardrail_schemas import (
    GUARDRAIL_EXAMPLES,
    GuardrailRequest,
    GuardrailResponse,
)
from emoticare.server.moderation import ServerPolicy
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores

_REMOVED: Final = "[removed]"


def guardrail_router(service: Service) -> APIRouter:
    """Make the route.

    Raises:
        PolicyError: If the server's policy does not fit the model.
    """
    router = APIRouter(tags=["moderation"])
    policy = ServerPolicy(service)

    @router.post(
        "/beta/litellm_basic_guardrail_api",
        summary="What LiteLLM should do with a call, in the shape of its Generic Guardrail API",
        response_model=GuardrailResponse,
        response_model_exclude_none=True,
        responses=SCORING_ERRORS,
    )
    async def guard_texts(
        request: Request,
        body: Annotated[GuardrailRequest, Body(openapi_examples=GUARDRAIL_EXAMPLES)],
    ) -> Response:
        texts = body.texts or []
        service.check_texts(texts)
        plan = await policy.plan(texts)

        def write(scores: Scores) -> object:
            scored = list(plan.scored(scores.outputs))
            flagged = [one for one in map(policy.reader.read, scored) if one.flagged]
            if not flagged:
                return {"action": "NONE"}
            if body.masks:
                masked = [
                    _masked(text, policy.reader.flagged_spans(one, len(text)))
                    for text, one in zip(texts, scored, strict=True)
                ]
                return {"action": "GUARDRAIL_INTERVENED", "texts": masked}
            return {"action": "BLOCKED", "blocked_reason": flagged[0].findings[0].reason}

        scores = await service.score_sentences(request, plan.texts)
        return await answers.json_response(scores, write)

    return router


def _masked(text: str, spans: Sequence[Span]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{_REMOVED}{text[end:]}"
    return text
