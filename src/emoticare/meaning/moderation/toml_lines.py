"""The line at which each key of a TOML document stands; tomllib itself does not tell."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

KeyPath = tuple[str, ...]

# What decides where a statement ends: strings and comments, in which nothing does, and the rest.
_TOKEN: Final = re.compile(
    r'''
    """(?:\\.|[^\\])*?"""{1,3}
    | \'\'\'.*?\'{3,5}
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    | \#[^\n]*
    | [\[\]{}\n]
    ''',
    re.VERBOSE | re.DOTALL,
)


def key_lines(document: str) -> dict[KeyPath, int]:
    """Return the line, from 1, where each table begins and each key is set.

    A table's header, or a key with its value, is a whole document of its own, so that tomllib
    reads each by itself.

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
    """Yield each statement with the line where it begins: those end that no bracket keeps open."""
    start, first_line, line, n_open = 0, 1, 1, 0
    for token in _TOKEN.finditer(document + "\n"):
        mark = token[0]
        line += mark.count("\n")
        if mark in {"[", "{"}:
            n_open += 1
        elif mark in {"]", "}"}:
            n_open -= 1
        elif mark == "\n" and not n_open:
            statement = document[start : token.end()]
            if statement.strip():
                yield first_line, statement
            start, first_line = token.end(), line


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
