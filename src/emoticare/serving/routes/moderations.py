"""`POST /v1/moderations`: OpenAI's shape, and the policy's reasons."""

import uuid
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Body, Request, Response

from emoticare.moderation import PolicyReader
from emoticare.serving import answers
from emoticare.serving.routes.declared import SCORING_ERRORS
from emoticare.serving.schemas import (
    MODERATIONS_EXAMPLES,
    ModerationRequest,
    ModerationsResponse,
)
from emoticare.serving.service import Service
from emoticare.serving.text_queue import Scores
from emoticare.stages.probabilities import sigmoid


def moderations_router(service: Service) -> APIRouter:
    """Makes the route.

    Raises:
        PolicyError: If the server's policy does not fit the model.
    """
    router = APIRouter(tags=["moderation"])
    model = service.scorer.artifact.digest
    policy = service.config.policy
    reader = PolicyReader(policy, service.scorer.labels)

    @router.post(
        "/v1/moderations",
        summary="What a policy asks for each text, in the shape of OpenAI",
        response_model=ModerationsResponse,
        responses=SCORING_ERRORS,
    )
    async def moderations(
        request: Request,
        body: Annotated[ModerationRequest, Body(openapi_examples=MODERATIONS_EXAMPLES)],
    ) -> Response:
        def write(scores: Scores) -> object:
            probabilities = sigmoid(scores.logits)
            none = np.empty((0, probabilities.shape[1]), np.float32)
            results = [reader.read(row, none, ()).to_dict() for row in probabilities]
            identity = f"modr-{uuid.uuid4().hex}"
            return {"id": identity, "model": model, "policy": policy.name, "results": results}

        return await answers.json_response(await service.score(request, body.texts()), write)

    return router
