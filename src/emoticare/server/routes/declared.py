"""The errors that routes declare in the OpenAPI document."""

from typing import Any, Final

from emoticare.server.schemas import ErrorBody

_DESCRIPTIONS: Final[dict[int, str]] = {
    400: "The body is not JSON.",
    401: "The key is missing or wrong.",
    403: "The key is not for this route.",
    408: "The body did not arrive in time.",
    413: "The body has too many bytes.",
    415: "The body is not declared as application/json.",
    422: "The body is not what the route takes, or exceeds a limit of texts or characters.",
    424: "The model failed.",
    429: "Too many requests or texts, at a time or a minute, or too many wrong keys; Retry-After "
    "says when to come back.",
    503: "The server is not ready, stops, or is too busy to answer in time.",
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the declaration of errors with these statuses."""
    return {
        status: {"model": ErrorBody, "description": _DESCRIPTIONS[status]} for status in statuses
    }


SCORING_ERRORS: Final = declared(*_DESCRIPTIONS)
