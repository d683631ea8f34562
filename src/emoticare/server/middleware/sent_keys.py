"""Where a client's key stands."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

_IN_QUERY: Final = ("/v1alpha1/comments:analyze",)
"""Paths whose clients know no other place; proxies may log an address, so no others do."""


def sent_key(scope: Scope) -> str | None:
    """Return the key that a client sends; None if it sends none.

    It stands in `Authorization: Bearer KEY`, or in `X-Api-Key`, where LiteLLM puts it, or for
    Perspective's clients in the query as `key`.
    """
    headers = Headers(scope=scope)
    kind, _, key = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return key.strip()
    if "x-api-key" in headers:
        return headers["x-api-key"].strip()
    if scope["path"] in _IN_QUERY:
        return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("key")
    return None
