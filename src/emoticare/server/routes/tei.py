"""`POST /predict`: the shape of text-embeddings-inference, but with the right scores."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from emoticare.server import answers
from emoticare.server.errors import ValidationError
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.schemas import TEI_EXAMPLES, LabelScore, TeiRequest
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores
from emoticare.stages.probabilities import sigmoid


def tei_router(service: Service) -> APIRouter:
    """Make the route."""
    router = APIRouter(tags=["drop-in"])
    labels = service.scorer.labels
    max_tokens = service.scorer.artifact.config.max_length

    @router.post(
        "/predict",
        summary="text-embeddings-inference",
        response_model=list[LabelScore] | list[list[LabelScore]],
        responses=SCORING_ERRORS,
    )
    async def predict_tei(
        request: Request,
        body: Annotated[TeiRequest, Body(openapi_examples=TEI_EXAMPLES)],
    ) -> Response:
        def write(scores: Scores) -> object:
            values = scores.logits if body.raw_scores else sigmoid(scores.logits)
            lists = answers.ranked(values, labels, None)
            return lists[0] if isinstance(body.inputs, str) else lists

        scores = await service.score(request, body.texts())
        if body.truncate is False and any(text.truncated for text in scores.tokenized):
            raise ValidationError(
                f"Expected texts of at most {max_tokens} tokens, since truncate is false, found a "
                "longer one. Cut it, or leave truncate out."
            )
        return await answers.json_response(scores, write)

    return router
