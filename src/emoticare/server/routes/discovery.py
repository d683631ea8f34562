"""`GET /$discovery/rest`: what Google's clients for Perspective ask for before anything else."""

from typing import Any, Final

from fastapi import APIRouter, Request

from emoticare.server.routes.perspective import ANALYZE

DISCOVERY: Final = "/$discovery/rest"
_ANY: Final = {"type": "object", "additionalProperties": {"type": "any"}}


def discovery_router(root_path: str) -> APIRouter:
    """Make the route.

    Args:
        root_path: The path under which a proxy shows the server.
    """
    router = APIRouter()

    @router.get(DISCOVERY, include_in_schema=False)
    async def describe_comments(request: Request) -> dict[str, Any]:
        return _description(f"{_address(request)}{root_path}/")

    return router


def _address(request: Request) -> str:
    """Return scheme and host as the client knows them; nobody else is told, so it is believed."""
    is_https = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    return f"{'https' if is_https else 'http'}://{request.url.netloc}"


def _description(root_url: str) -> dict[str, Any]:
    names = {"request": "AnalyzeCommentRequest", "response": "AnalyzeCommentResponse"}
    analyze = {
        "id": "commentanalyzer.comments.analyze",
        "path": ANALYZE.removeprefix("/"),
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        **{part: {"$ref": name} for part, name in names.items()},
    }
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "protocol": "rest",
        "rootUrl": root_url,
        "servicePath": "",
        "parameters": {"key": {"type": "string", "location": "query"}},
        "schemas": {name: {"id": name, **_ANY} for name in names.values()},
        "resources": {"comments": {"methods": {"analyze": analyze}}},
    }
