"""`GET /v1/models`: the one model, as OpenAI's clients ask for it."""

from typing import Final

from fastapi import APIRouter

from emoticare.server.moderation_schemas import ModelsResponse, OpenAIErrorBody, ServedModel
from emoticare.server.routes.declared import declared
from emoticare.server.service import Service

_NAME: Final = "emoticare"


def models_router(service: Service) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["moderation"])
    served = ServedModel(id=_NAME, owned_by=_NAME, digest=service.scorer.artifact.digest)
    errors = declared(401, 403, 429, shape=OpenAIErrorBody)

    @router.get("/v1/models", summary="The model, in the shape of OpenAI", responses=errors)
    async def list_models() -> ModelsResponse:
        return ModelsResponse(data=[served])

    @router.get(f"/v1/models/{_NAME}", summary="The same, by its name", responses=errors)
    async def get_model() -> ServedModel:
        return served

    @router.get(f"/v1/models/{served.digest}", include_in_schema=False)
    async def get_model_by_digest() -> ServedModel:
        # As `/v1/moderations` names it in `model`.
        return served.model_copy(update={"id": served.digest})

    return router
