"""`POST /` and `POST /models/emoticare`: the shape of Hugging Face's inference API."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request, Response

from emoticare.server import answers
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.schemas import HUGGING_FACE_EXAMPLES, HuggingFaceRequest, LabelScore
from emoticare.server.service import Service
from emoticare.stages.probabilities import FloatArray, sigmoid

_FUNCTIONS: Final[dict[str | None, Callable[[FloatArray], FloatArray]]] = {
    None: sigmoid,
    "sigmoid": sigmoid,
    "softmax": answers.softmax,
    "none": lambda logits: logits,
}


def hugging_face_router(service: Service) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["drop-in"])
    labels = service.scorer.labels

    @router.post(
        "/models/emoticare",
        operation_id="classify_at_model_path",
        summary="Hugging Face text classification",
        response_model=list[list[LabelScore]],
        responses=SCORING_ERRORS,
    )
    @router.post(
        "/",
        summary="Hugging Face text classification",
        response_model=list[list[LabelScore]],
        responses=SCORING_ERRORS,
    )
    async def classify_texts(
        request: Request,
        body: Annotated[HuggingFaceRequest, Body(openapi_examples=HUGGING_FACE_EXAMPLES)],
    ) -> Response:
        texts = [body.inputs] if isinstance(body.inputs, str) else body.inputs
        parameters = body.parameters
        top_k = parameters.top_k if parameters else None
        function = _FUNCTIONS[parameters.function_to_apply if parameters else None]
        return await answers.json_response(
            await service.score(request, texts),
            lambda scores: answers.ranked(function(scores.logits), labels, top_k),
        )

    return router
