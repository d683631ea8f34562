"""The OpenAPI document: what FastAPI makes of the routes, with the limits of this server."""

import json
from pathlib import Path
from typing import Any, Final

from emoticare.model.config import ModelConfig
from emoticare.server.config import ServerConfig
from emoticare.server.schemas import LIMIT

_ANSWERS: Final = Path(__file__).with_name("answers.json")
TAGS: Final[list[dict[str, Any]]] = [
    {
        "name": "emotions",
        "x-displayName": "Emotions",
        "description": "The native shape: which emotions a text carries, and which words say so.",
    },
    {
        "name": "conversations",
        "x-displayName": "Conversations",
        "description": "How speakers feel, turn by turn; a chat may come as an app exports it.",
    },
    {
        "name": "moderation",
        "x-displayName": "Moderation",
        "description": "What a policy asks for, in the shapes of OpenAI and of LiteLLM.",
    },
    {
        "name": "drop-in",
        "x-displayName": "In other services' shapes",
        "description": "For programs that speak to Hugging Face, text-embeddings-inference, "
        "Perspective or SillyTavern's Extras: change the address, and keep the rest.",
    },
    {
        "name": "dashboard",
        "x-displayName": "Dashboard",
        "description": "What was scored lately, as counts.",
    },
    {
        "name": "status",
        "x-displayName": "Status and limits",
        "description": "Whether the server answers, what it has loaded, and how much it takes.",
    },
    {"name": "pages", "x-displayName": "Pages", "description": "For people, in a browser."},
]


def complete(
    document: dict[str, Any], config: ServerConfig, model: ModelConfig, *, needs_key: bool
) -> None:
    """Put limits, labels, the server's address and the need of a key into the document."""
    labels = model.labels
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
    if not model.reads_context:
        _drop_contexts(document)
    _drop_default_refusals(document)
    _add_answers(document)
    if needs_key:
        schemes = document["components"].setdefault("securitySchemes", {})
        schemes["key"] = {"type": "http", "scheme": "bearer"}
        schemes["key_header"] = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
        for methods in document["paths"].values():
            for operation in methods.values():
                if "401" in operation["responses"]:
                    operation["security"] = [{name: []} for name in schemes]


def allowed_methods(document: dict[str, Any], path: str) -> str:
    """Return the methods of a path as the header Allow lists them; empty for no path."""
    methods = {method.upper() for method in document["paths"].get(path, ())}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _drop_contexts(document: dict[str, Any]) -> None:
    """Drop what a server refuses whose model reads each text alone."""
    for name in ("OneText", "ManyTexts", "ExplanationRequest", "ClassifyRequest"):
        properties = document["components"]["schemas"].get(name, {}).get("properties", {})
        properties.pop("context", None)
        properties.pop("contexts", None)


def _drop_default_refusals(document: dict[str, Any]) -> None:
    """Drop the 422 that FastAPI adds to routes whose clients know a 400 for it."""
    for methods in document["paths"].values():
        for operation in methods.values():
            schema = operation["responses"].get("422", {}).get("content", {}).values()
            if any("HTTPValidationError" in str(content) for content in schema):
                del operation["responses"]["422"]


def _add_answers(document: dict[str, Any]) -> None:
    """Show what the embedded model answered to the examples; tests/server/write_answers.py asks."""
    for path, methods in json.loads(_ANSWERS.read_text(encoding="utf-8")).items():
        for method, answers in methods.items():
            operation = document["paths"].get(path, {}).get(method)
            if operation:
                content = operation["responses"]["200"]["content"]["application/json"]
                content["examples"] = {name: {"value": answer} for name, answer in answers.items()}


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
