"""Statements of people who say that they feel nothing: neutral, however many feelings they name."""

from typing import Final

_STATEMENTS: Final = (
    "I have no feelings about {}.",
    "I have no strong feelings about {} either way.",
    "I feel nothing in particular about {}.",
    "I don't feel one way or the other about {}.",
    "I don't have any emotions about {}.",
    "I have no opinion about {}.",
    "I'm neutral about {}.",
    "I am indifferent to {}.",
    "Honestly, {} leaves me neither happy nor sad.",
    "It makes no difference to me what becomes of {}.",
)
_THINGS: Final = (
    "this",
    "that",
    "the result",
    "the news",
    "the new schedule",
    "the last episode",
    "their plan",
    "the election",
)


def indifferent_statements() -> list[str]:
    """Return every statement about every thing."""
    return [statement.format(thing) for statement in _STATEMENTS for thing in _THINGS]
