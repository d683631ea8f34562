"""What the server refuses: `{error, error_type}`, or in the shape that a route's clients know.

A message never quotes what a client sent.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from emoticare.errors import EmoticareError
from emoticare.server.error_shapes import Problem, ProblemResponse

CLIENT_GONE: Final = 499
"""Status under which a request is counted whose client hung up before the answer."""

ERROR_TYPES: Final[dict[int, str]] = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    414: "query_too_long",
    415: "media_type",
    421: "misdirected",
    422: "validation",
    424: "backend",
    429: "overloaded",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
    CLIENT_GONE: "client_gone",
}


class ServingError(EmoticareError):
    """Base of what the server answers with an error.

    Args:
        message: What was expected, what was found, how to fix it.
        place: Where in the body, where that is known.
        details: What else the shape of the route's errors says.

    Attributes:
        headers: Further headers of the answer.
    """

    headers: ClassVar[dict[str, str]] = {}

    def __init__(
        self, message: str, place: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self._place = place
        self._details = details or {}

    @property
    def error_type(self) -> str:
        """The kind of error, for programs."""
        return ERROR_TYPES[self.http_status]

    def body(self) -> dict[str, str]:
        """Return the content of the answer."""
        return {"error": str(self), "error_type": self.error_type}

    def response(self) -> ProblemResponse:
        """Return the answer."""
        return ProblemResponse(self._problem(), self.headers)

    def _problem(self) -> Problem:
        return Problem(str(self), self.http_status, self.error_type, self._place, self._details)


class MalformedError(ServingError):
    """The body is not JSON, or the request no HTTP."""

    http_status = 400


class AuthenticationError(ServingError):
    """The key is missing or wrong."""

    http_status = 401
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="emoticare"'}


class ForbiddenError(ServingError):
    """The key is right, but not for this route; or a page of another site opens a stream."""

    http_status = 403


class SlowRequestError(ServingError):
    """The headers or the body did not arrive in time."""

    http_status = 408
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class BodyTooLargeError(ServingError):
    """The body has more bytes than allowed."""

    http_status = 413


class QueryTooLongError(ServingError):
    """The query string has more bytes than allowed."""

    http_status = 414


class MediaTypeError(ServingError):
    """The body is declared to be something else than JSON."""

    http_status = 415


class ContentEncodingError(MediaTypeError):
    """The body is compressed."""

    headers: ClassVar[dict[str, str]] = {"Accept-Encoding": "identity"}


class MisdirectedError(ServingError):
    """The request is for a host whose name is not this server's."""

    http_status = 421


class ValidationError(ServingError):
    """The body is JSON, but not what the route takes."""

    http_status = 422


class EngineError(ServingError):
    """The model failed on the batch that held this request."""

    http_status = 424


class OverloadedError(ServingError):
    """There is more work than the limits allow; later there may be less."""

    http_status = 429
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class RateLimitedError(ServingError):
    """A key has used up what it may use, or too many wrong keys came from an address.

    Args:
        message: What was expected and found.
        retry_after_s: In how many seconds there may be room again.
    """

    http_status = 429

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def error_type(self) -> str:
        """The kind of error, for programs; not the server is overloaded, but this client asks."""
        return "rate_limited"

    def response(self) -> ProblemResponse:
        """Return the answer."""
        return ProblemResponse(self._problem(), {"Retry-After": str(self.retry_after_s)})


class HeadersTooLargeError(ServingError):
    """The headers are too many or have too many bytes."""

    http_status = 431
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class InternalError(ServingError):
    """A fault of the server."""

    http_status = 500


class UnavailableError(ServingError):
    """The server is starting, stopping, recovering, or too busy to answer in time."""

    http_status = 503
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class ClientGoneError(ServingError):
    """The client hung up; nobody reads the answer."""

    http_status = CLIENT_GONE
