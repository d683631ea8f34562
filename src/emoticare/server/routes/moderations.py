"""`POST /v1/moderations`: OpenAI's shape, and the policy's reasons."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from emoticare.server import answers
from emoticare.server.moderation import ServerPolicy
from emoticare.server.moderation_schemas import (
    MODERATIONS_EXAMPLES,
    ModerationRequest,
    ModerationsResponse,
)
from emoticare.server.routes.declared import SCORING_ERRORS
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

    @router.post(
        "/v1/moderations",
        summary="What a policy asks for each text, in the shape of OpenAI",
        response_model=ModerationsResponse,
        responses=SCORING_ERRORS,
    )
    async def moderate_texts(
        request: Request,
        body: Annotated[ModerationRequest, Body(openapi_examples=MODERATIONS_EXAMPLES)],
    ) -> Response:
        texts = body.texts()
        service.check_texts(texts)
        plan = await policy.plan(texts)

        def write(scores: Scores) -> object:
            scored = plan.scored(scores.logits)
            results = [policy.reader.read(one).to_dict() for one in scored]
            identity = f"modr-{uuid.uuid4().hex}"
            return {"id": identity, "model": model, "policy": policy.name, "results": results}

        scores = await service.score_sentences(request, plan.texts)
        return await answers.json_response(scores, write)

    return router
