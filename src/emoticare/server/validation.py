"""Why a body was refused, without quoting it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from emoticare.server import (
    conversation_schemas,
    extras_schemas,
    guardrail_schemas,
    moderation_schemas,
    perspective_schemas,
    schemas,
)
from emoticare.server.errors import MalformedError, ServingError, ValidationError
from emoticare.server.moderation_schemas import IMAGE_PART

_MOST_SHOWN: Final = 3
# Thresholds by label are the most, beside texts.
_MOST_OPTIONS: Final = 100
# A turn of a conversation has the most: itself, a text, a speaker, a time, and a client's own.
_MOST_ITEMS_OF_A_TEXT: Final = 8
# One of these comes after each item.
_AFTER_ITEMS: Final = (b",", b"]", b"}")
_SCHEMAS: Final = (
    *(schemas, conversation_schemas, moderation_schemas),
    *(perspective_schemas, guardrail_schemas, extras_schemas),
)
_FIELDS: Final = frozenset(
    field.alias or name
    for module in _SCHEMAS
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name, field in model.model_fields.items()
)
# Kinds of errors whose messages of pydantic are made of the schema alone.
_SAFE: Final = (
    "bool_type",
    "dict_type",
    "extra_forbidden",
    "finite_number",
    "float_type",
    "greater_than_equal",
    IMAGE_PART,
    "int_type",
    "less_than_equal",
    "list_type",
    "literal_error",
    "missing",
    "model_type",
    "string_type",
    "too_long",
    "too_short",
)


def check_items(content: bytes, max_texts: int) -> None:
    """Refuse JSON with more items than any request needs, before any of them is made.

    To make a million items, and to say what is wrong with each, stops the server for seconds.

    Args:
        content: The JSON, which may be none.
        max_texts: Most texts of a request.

    Raises:
        ValidationError: If its lists and objects have more items together.
    """
    most = _MOST_ITEMS_OF_A_TEXT * max(_MOST_OPTIONS, max_texts)
    if sum(map(content.count, _AFTER_ITEMS)) <= most:
        return
    without_quotes = content.replace(rb"\\", b"").replace(rb"\"", b"")
    without_texts = b"".join(without_quotes.split(b'"')[::2])
    if sum(map(without_texts.count, _AFTER_ITEMS)) > most:
        raise ValidationError(
            f"Expected at most {max_texts} texts, found a body with too many items. Send several "
            "requests."
        )


def refusal(errors: Iterable[Mapping[str, Any]]) -> ServingError:
    """Turn pydantic's errors into one of ours.

    Places are named by known fields and positions only: any other key is the client's.
    """
    errors = list(errors)
    if any(error["type"] == "json_invalid" for error in errors):
        return MalformedError("Expected a body of JSON, found something else. Check its syntax.")
    reasons = list(dict.fromkeys(map(_reason, errors)))
    more = f" (and {len(reasons) - _MOST_SHOWN} more)" if len(reasons) > _MOST_SHOWN else ""
    return ValidationError(
        "The body is not what this route takes: "
        f"{'; '.join(reasons[:_MOST_SHOWN])}{more}. GET /docs shows examples.",
        _place(errors[0]) if errors else None,
    )


def _reason(error: Mapping[str, Any]) -> str:
    message = error["msg"] if error["type"] in _SAFE else "unexpected value"
    return f"{_place(error) or 'body'}: {message}"


def _place(error: Mapping[str, Any]) -> str | None:
    place = [str(part) for part in error["loc"] if isinstance(part, int) or part in _FIELDS]
    return ".".join(place) or None
