"""`POST /beta/litellm_basic_guardrail_api`: what the policy flags, LiteLLM blocks or masks."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Body, Request, Response

from emoticare.meaning.moderation import PolicyEvaluator
from emoticare.meaning.scored_texts import ScoredText, ScoringPlan, Span
from emoticare.server import answers
from emoticare.server.guardrail_schemas import (
    GUARDRAIL_EXAMPLES,
    GuardrailRequest,
    GuardrailResponse,
)
from emoticare.server.moderation import ServerPolicy
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.score_cache import ScoreCache
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores

_REMOVED: Final = "[removed]"
_ENDS: Final = (".", "!", "?", "…")
# What may stand behind the end of a sentence.
_CLOSING: Final = " \t\r\n\"'”’)]*_"


def guardrail_router(service: Service) -> APIRouter:
    """Make the route.

    Raises:
        PolicyError: If the server's policy does not fit the model.
    """
    router = APIRouter(tags=["moderation"])
    policy = ServerPolicy(service)
    model = service.scorer.artifact.config
    by_sentence = PolicyEvaluator.for_model(model, policy.reader.policy.by_sentence())
    cache = ScoreCache()

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
        texts, parameters = body.texts or [], body.parameters
        service.check_texts(texts)
        reader = by_sentence if parameters.by_sentence else policy.reader
        plan = await policy.plan(texts, spans=parameters.by_sentence)

        def write(scores: Scores) -> object:
            scored = list(plan.scored(scores.outputs))
            flagged = [one for one in map(reader.read, scored) if one.flagged]
            if flagged and parameters.on_flag == "block":
                return {"action": "BLOCKED", "blocked_reason": flagged[0].findings[0].reason}
            both = list(zip(texts, scored, strict=True))
            spans = [reader.flagged_spans(one, len(text)) for text, one in both]
            answer: dict[str, Any] = {"action": "NONE"}
            if flagged:
                answer = {
                    "action": "GUARDRAIL_INTERVENED",
                    "texts": list(map(_masked, texts, spans)),
                }
            if parameters.by_sentence and body.input_type == "response":
                answer["stream_holdback_chars"] = [
                    _n_unfinished(text, one, masked)
                    for (text, one), masked in zip(both, spans, strict=True)
                ]
            return answer

        if parameters.by_sentence:
            scores = await _score_sentences(service, request, plan, cache)
        else:
            scores = await service.score_sentences(request, plan.texts)
        return await answers.json_response(scores, write)

    return router


async def _score_sentences(
    service: Service, request: Request, plan: ScoringPlan, cache: ScoreCache
) -> Scores:
    """Score what was not scored before; a text in sentences is not read as a whole."""
    model = service.scorer.artifact.config
    outputs = np.zeros((len(plan.texts), len(model.outputs)), np.float32)
    divided, unknown = plan.divided, {}
    for i, text in enumerate(plan.texts):
        if i in divided:
            continue
        key = cache.key(text)
        known = cache.find(key)
        if known is None:
            unknown[i] = key
        else:
            outputs[i] = known
    if unknown:
        found = await service.score_sentences(request, [plan.texts[i] for i in unknown])
        outputs[list(unknown)] = found.outputs
        for i, key in unknown.items():
            cache.add(key, outputs[i])
    return Scores(outputs, len(model.labels), ())


def _n_unfinished(text: str, scored: ScoredText, masked: Sequence[Span]) -> int:
    """Return how many characters the last sentence has as it is answered, 0 if it has ended."""
    start, end = scored.spans[-1] if scored.spans else (0, len(text))
    if text[start:].rstrip(_CLOSING).endswith(_ENDS):
        return 0
    removed = end - start - len(_REMOVED) if (start, end) in masked else 0
    return len(text) - start - removed


def _masked(text: str, spans: Sequence[Span]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{_REMOVED}{text[end:]}"
    return text
