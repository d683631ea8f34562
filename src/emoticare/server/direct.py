"""The way of a request for scores to its route, past FastAPI's machinery.

FastAPI describes the routes in the OpenAPI document and answers all that is not a plain request
for scores. Under load its own work for a request cost more than the answer; a route that takes a
body of JSON and gives a finished response needs none of it.
"""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, get_type_hints

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from emoticare.server.errors import InternalError, MalformedError, ServingError
from emoticare.server.validation import check_items, refusal

_PARAMETERS: Final = {"request", "body"}
# A longer body is parsed by another thread, lest all others wait.
_BYTES_AT_ONCE: Final = 32_768
_MISSING: Final = {"type": "missing", "loc": (), "msg": "Field required"}

Endpoint = Callable[..., Awaitable[Response]]


class DirectRoutes:
    """Answers requests for scores directly, and gives all others to the application.

    Args:
        app: The application that has the routes, too.
        routers: Those of the routes. Answered directly are their POST routes whose endpoints take
            `request` and `body` and return a `Response`.
        max_texts: Most texts of a request.
    """

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter], max_texts: int) -> None:
        self._app = app
        self._max_texts = max_texts
        self._routes: dict[str, tuple[Endpoint, TypeAdapter[Any]]] = {}
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and _is_direct(route):
                    body = get_type_hints(route.endpoint, include_extras=True)["body"]
                    self._routes[route.path] = (route.endpoint, TypeAdapter(body))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose body `receive` gives as a whole.

        Raises:
            ServingError: If the request is refused.
        """
        is_direct = scope["type"] == "http" and scope["method"] == "POST"
        if not is_direct or scope["path"] not in self._routes:
            await self._app(scope, receive, send)
            return
        endpoint, adapter = self._routes[scope["path"]]
        content = (await receive())["body"]
        if len(content) <= _BYTES_AT_ONCE:
            body = _parsed(content, adapter, self._max_texts)
        else:
            body = await asyncio.to_thread(_parsed, content, adapter, self._max_texts)
        try:
            response = await endpoint(request=Request(scope, receive), body=body)
        except ServingError:
            raise
        except Exception:
            fault = InternalError("The server failed. Its log says where, by X-Request-Id.")
            await fault.response()(scope, receive, send)
            raise
        await response(scope, receive, send)


def _is_direct(route: APIRoute) -> bool:
    signature = inspect.signature(route.endpoint)
    return (
        route.methods == {"POST"}
        and signature.parameters.keys() == _PARAMETERS
        and signature.return_annotation is Response
    )


def _parsed(content: bytes, adapter: TypeAdapter[Any], max_texts: int) -> Any:
    """Return the body as its route takes it.

    Raises:
        MalformedError: If it is not JSON.
        ValidationError: If it is JSON, but not what the route takes.
    """
    if not content:
        raise refusal([_MISSING])
    check_items(content, max_texts)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedError(
            "Expected a body of JSON, found something else. Check its syntax."
        ) from None
    try:
        return adapter.validate_python(value, from_attributes=True)  # as FastAPI does
    except ValidationError as error:
        # Its own message quotes what was sent.
        raise refusal(error.errors(include_url=False, include_input=False)) from None
