"""Values as they stand in the cells of a table that is text, a sheet, or a database."""

import base64
import datetime
import json
import math
from collections.abc import Sequence
from typing import Any, Final

LIST_DELIMITER: Final = "|"
_FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
_TIMES: Final[dict[str, Any]] = {
    "datetime": datetime.datetime,
    "date": datetime.date,
    "time": datetime.time,
}


def plain(value: Any) -> Any:
    """Return what JSON can say of a value: dates in ISO 8601, bytes in base64."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _spelled(value)


def as_text(value: Any) -> str | None:
    """Return a value as text; what is no text, as JSON spells it."""
    if value is None or isinstance(value, str):
        return value
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def joined_list(value: Any) -> Any:
    """Return a list that scoring adds as one text, and anything else as it is."""
    return LIST_DELIMITER.join(value) if isinstance(value, list) else value


def safe_cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula.

    A text that could be one gets an apostrophe before it, as OWASP advises against CSV injection.
    """
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_MARKS)
    return f"'{value}" if is_formula else value


def row_line(values: Sequence[Any]) -> bytes:
    """Write the cells of a row on a line, of which `row_of_line` makes the same cells again."""
    return json.dumps([_tagged(value) for value in values]).encode() + b"\n"


def row_of_line(line: bytes) -> list[Any]:
    """Read the cells of a row."""
    return [_untagged(value) for value in json.loads(line)]


def _tagged(value: Any) -> Any:
    """Return a cell as JSON: a number, a text, or an object that names the type of a text."""
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    kind = type(value).__name__
    if kind in _TIMES:
        return {kind: value.isoformat()}
    if value is None or isinstance(value, str | bool | int | float):
        return plain(value)
    return as_text(value)


def _untagged(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return base64.b64decode(text) if kind == "bytes" else _TIMES[kind].fromisoformat(text)


def _spelled(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
