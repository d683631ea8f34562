"""The line at which each key of a TOML document stands; tomllib itself does not tell."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[str, ...]


def key_lines(document: str) -> dict[KeyPath, int]:
    """Return the line, from 1, where each table begins and each key is set.

    A table's header, or a key with its value, is a whole document of its own, so that tomllib
    finds where each ends: lines are put together until they parse.

    Args:
        document: TOML that tomllib has read; arrays of tables share the line of the first.
    """
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in _statements(document):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(content)
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], line)
        for path in _paths(content) if not statement.lstrip().startswith("[") else ():
            found.setdefault((*table, *path), line)
    return found


def _statements(document: str) -> Iterator[tuple[int, str]]:
    start, parts = 1, ""
    for number, line in enumerate(document.split("\n"), start=1):
        parts += line + "\n"
        try:
            content = tomllib.loads(parts)
        except tomllib.TOMLDecodeError:
            continue  # a value that goes on
        if content:
            yield start, parts
        start, parts = number + 1, ""


def _header(content: Mapping[str, Any]) -> KeyPath:
    path: KeyPath = ()
    inner: Any = content
    while inner:
        if isinstance(inner, list):
            inner = inner[0]
            continue
        (name, inner), *_ = inner.items()
        path = (*path, name)
    return path


def _paths(content: Mapping[str, Any], above: KeyPath = ()) -> Iterator[KeyPath]:
    for name, value in content.items():
        path = (*above, name)
        yield path
        if isinstance(value, dict):
            yield from _paths(value, path)
