"""`POST /v1/moderations`: OpenAI's shape, and the policy's reasons."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from emoticare.meaning.moderation import Moderation
from emoticare.meaning.moderation.standards import OPENAI_CATEGORIES
from emoticare.server import answers
from emoticare.server.moderation import ServerPolicy
from emoticare.server.moderation_schemas import (
    MODERATIONS_EXAMPLES,
    ModerationRequest,
    ModerationsResponse,
)
from emoticare.server.routes.declared import OPENAI_ERRORS
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores


def moderations_router(service: Service) -> APIRouter:
    """Make the route.

    Raises:
        PolicyError: If the server's policy does not fit the model.
    """
    router = APIRouter(tags=["moderation"])
    model = service.scorer.artifact.digest
    policy = ServerPolicy(service)
    deciders = policy.reader.policy.deciders("openai")
    undecided = [name for name in OPENAI_CATEGORIES if name not in deciders]

    @router.post(
        "/v1/moderations",
        summary="What a policy asks for each text, in the shape of OpenAI",
        response_model=ModerationsResponse,
        responses=OPENAI_ERRORS,
    )
    async def moderate_texts(
        request: Request,
        body: Annotated[ModerationRequest, Body(openapi_examples=MODERATIONS_EXAMPLES)],
    ) -> Response:
        texts = body.texts()
        service.check_texts(texts)
        plan = await policy.plan(texts)

        def write(scores: Scores) -> object:
            found = list(map(policy.reader.read, plan.scored(scores.outputs)))
            if body.is_in_parts:
                found = [Moderation.strictest(found)]
            return {
                "id": f"modr-{uuid.uuid4().hex}",
                "model": model,
                "policy": policy.name,
                "undecided": undecided,
                "deciders": deciders,
                "results": [_result(one, deciders) for one in found],
            }

        scores = await service.score_sentences(request, plan.texts)
        return await answers.json_response(scores, write)

    return router


def _result(moderation: Moderation, deciders: Mapping[str, str]) -> dict[str, Any]:
    """Return a result with all of OpenAI's categories, and then the policy's own."""
    result = moderation.to_dict()
    flags, scores = result["categories"], result["category_scores"]
    by_name = {name: deciders.get(name) for name in OPENAI_CATEGORIES}
    by_name |= {name: name for name in flags}
    decided = by_name.items()
    result["categories"] = {name: bool(by and flags[by]) for name, by in decided}
    result["category_scores"] = {name: scores[by] if by else 0.0 for name, by in decided}
    result["category_applied_input_types"] = {name: ["text"] if by else [] for name, by in decided}
    return result
