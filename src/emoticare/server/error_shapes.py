"""The shapes in which errors are answered: our own, and those that other services' clients know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

_COMMENT_ERROR: Final = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_BAD_REQUEST: Final = 400
_FAULTS: Final = 500
# In the words of google.rpc.Code.
_GOOGLE_STATUSES: Final = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    424: "INTERNAL",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_OPENAI_CODES: Final = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


@dataclass(frozen=True)
class Problem:
    """What went wrong with a request; never quotes what was sent.

    Attributes:
        message: What was expected, what was found, how to fix it.
        status: The status over HTTP.
        error_type: The kind of error, for programs.
        place: Where in the body, where that is known.
        details: What else a shape may say.
    """

    message: str
    status: int
    error_type: str
    place: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


ErrorShape = Callable[[Problem], tuple[int, dict[str, Any]]]
"""Turns a problem into the status and the content of the answer."""


def plain(problem: Problem) -> tuple[int, dict[str, Any]]:
    """Answer in our own shape."""
    return problem.status, {"error": problem.message, "error_type": problem.error_type}


def as_openai(problem: Problem) -> tuple[int, dict[str, Any]]:
    """Answer as OpenAI does; what a body should not hold is a bad request."""
    status = _as_bad_request(problem.status)
    kind = "server_error" if status == 424 or status >= _FAULTS else "invalid_request_error"  # noqa: PLR2004
    if status == 429:  # noqa: PLR2004
        kind = "rate_limit_error"
    error = {
        "message": problem.message,
        "type": kind,
        "param": problem.place,
        "code": _OPENAI_CODES.get(status, problem.error_type),
    }
    return status, {"error": error}


def as_perspective(problem: Problem) -> tuple[int, dict[str, Any]]:
    """Answer as Google's Perspective did; what a body should not hold is a bad request."""
    status = _as_bad_request(problem.status)
    error: dict[str, Any] = {
        "code": status,
        "message": problem.message,
        "status": _GOOGLE_STATUSES.get(status, "INVALID_ARGUMENT"),
    }
    if status == _BAD_REQUEST:
        reason = {"errorType": "INVALID_REQUEST", **problem.details}
        error["details"] = [{"@type": _COMMENT_ERROR, **reason}]
    return status, {"error": error}


def _as_bad_request(status: int) -> int:
    return _BAD_REQUEST if status == 422 else status  # noqa: PLR2004


def shape_for(path: str) -> ErrorShape:
    """Return the shape that the clients of a path know."""
    if path in ("/v1/moderations", "/v1/models") or path.startswith("/v1/models/"):
        return as_openai
    return as_perspective if path == "/v1alpha1/comments:analyze" else plain


class ProblemResponse(JSONResponse):
    """An answer that says what went wrong, in the shape that the path's clients know.

    Args:
        problem: What went wrong.
        headers: Further headers.
    """

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        status, content = plain(problem)
        super().__init__(content, status, headers)
        self._problem = problem
        self._more_headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, content = shape_for(scope["path"])(self._problem)
        await JSONResponse(content, status, self._more_headers)(scope, receive, send)
