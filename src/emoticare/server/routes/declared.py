"""The errors that routes declare in the OpenAPI document."""

from typing import Any, Final

from pydantic import BaseModel

from emoticare.server.error_shapes import ErrorShape, Problem, as_openai, as_perspective, plain
from emoticare.server.errors import ERROR_TYPES
from emoticare.server.moderation_schemas import OpenAIErrorBody
from emoticare.server.perspective_schemas import PerspectiveErrorBody
from emoticare.server.schemas import ErrorBody

_DESCRIPTIONS: Final[dict[int, str]] = {
    400: "The body is not JSON.",
    401: "The key is missing or wrong.",
    403: "The key is not for this route.",
    408: "The body did not arrive in time.",
    413: "The body has too many bytes.",
    415: "The body is not declared as application/json, or is compressed.",
    422: "The body is not what the route takes, or exceeds a limit of texts or characters.",
    424: "The model failed.",
    429: "Too many requests or texts, at a time or a minute, or too many wrong keys; Retry-After "
    "says when to come back.",
    503: "The server is not ready, stops, or is too busy to answer in time.",
}
# As the server says them, for people who read the API page.
_MESSAGES: Final[dict[int, str]] = {
    400: "Expected a body of JSON, found something else. Check its syntax.",
    401: "Expected the header Authorization: Bearer KEY with a key of this server, found none. Ask "
    "whoever runs the server for a key.",
}
_SHAPES: Final[dict[type[BaseModel], ErrorShape]] = {
    ErrorBody: plain,
    OpenAIErrorBody: as_openai,
    PerspectiveErrorBody: as_perspective,
}


def declared(*statuses: int, shape: type[BaseModel] = ErrorBody) -> dict[int | str, dict[str, Any]]:
    """Return the declaration of errors with these statuses."""
    return {status: _declaration(status, shape) for status in statuses}


def _declaration(status: int, shape: type[BaseModel]) -> dict[str, Any]:
    declaration: dict[str, Any] = {"model": shape, "description": _DESCRIPTIONS[status]}
    if status in _MESSAGES:
        problem = Problem(_MESSAGES[status], status, ERROR_TYPES[status])
        _, example = _SHAPES[shape](problem)
        declaration["content"] = {"application/json": {"example": example}}
    return declaration


SCORING_ERRORS: Final = declared(*_DESCRIPTIONS)


def _without_422(shape: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return the declaration for services to which whatever is wrong with a body is a 400."""
    errors = declared(*(status for status in _DESCRIPTIONS if status != 422), shape=shape)  # noqa: PLR2004
    errors[400]["description"] = f"{_DESCRIPTIONS[400]} {_DESCRIPTIONS[422]}"
    return errors


OPENAI_ERRORS: Final = _without_422(OpenAIErrorBody)
PERSPECTIVE_ERRORS: Final = _without_422(PerspectiveErrorBody)
