"""The OpenAPI document: what FastAPI makes of the routes, with the limits of this server."""

from collections.abc import Sequence
from typing import Any

from emoticare.server.config import ServerConfig
from emoticare.server.schemas import LIMIT


def complete(document: dict[str, Any], config: ServerConfig, labels: Sequence[str]) -> None:
    """Put limits, labels, the server's address and the need of a key into the document."""
    document["servers"] = [{"url": config.root_path or "/"}]
    limits: dict[str, dict[str, Any]] = {
        "max_chars": {"maxLength": config.max_chars},
        "max_texts": {"maxItems": config.max_texts},
        "label": {"enum": list(labels)},
        "labels": {
            "properties": {
                label: {"type": "number", "minimum": 0, "maximum": 1} for label in labels
            },
            "additionalProperties": False,
        },
    }
    _fill_in(document, limits)
    _drop_default_refusals(document)
    if config.api_keys:
        schemes = document["components"].setdefault("securitySchemes", {})
        schemes["key"] = {"type": "http", "scheme": "bearer"}
        for methods in document["paths"].values():
            for operation in methods.values():
                if "401" in operation["responses"]:
                    operation["security"] = [{"key": []}]


def allowed_methods(document: dict[str, Any], path: str) -> str:
    """Return the methods of a path as the header Allow lists them; empty for no path."""
    methods = {method.upper() for method in document["paths"].get(path, ())}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _drop_default_refusals(document: dict[str, Any]) -> None:
    """Drop the 422 that FastAPI adds to routes whose clients know a 400 for it."""
    for methods in document["paths"].values():
        for operation in methods.values():
            schema = operation["responses"].get("422", {}).get("content", {}).values()
            if any("HTTPValidationError" in str(content) for content in schema):
                del operation["responses"]["422"]


def _fill_in(node: Any, limits: dict[str, dict[str, Any]]) -> None:
    if isinstance(node, dict):
        limit = node.pop(LIMIT, None)
        if limit is not None:
            node.update(limits[limit])
        for child in node.values():
            _fill_in(child, limits)
    elif isinstance(node, list):
        for child in node:
            _fill_in(child, limits)
