"""How much longer a tokenizer's normalizers can make a text: a few of them can make it endless."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from emoticare.errors import ArtifactError

_MOST_GROWTH: Final = 64
_MOST_ADDED: Final = 1000
_MOST_STEPS: Final = 1000


def check_growth(normalizer: bytes) -> None:
    """Make sure that normalizers keep a text at about its length.

    Args:
        normalizer: Their JSON.

    Raises:
        ArtifactError: If they could make it more than 64 times as long, add 1,000 characters, or
            are too many.
    """
    steps = list(_steps(json.loads(normalizer)))
    n_added = sum(len(step.get("prepend", "")) for step in steps)
    too_many = len(steps) > _MOST_STEPS or n_added > _MOST_ADDED
    if too_many or _growth(steps) > _MOST_GROWTH:
        raise ArtifactError(
            "Expected a tokenizer.json whose normalizers keep a text at about its length, found "
            f"some that could make it more than {_MOST_GROWTH} times as long, add "
            f"{_MOST_ADDED} characters, or are more than {_MOST_STEPS}. Use another model."
        )


def _steps(normalizer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if normalizer["type"] == "Sequence":
        for inner in normalizer["normalizers"]:
            yield from _steps(inner)
    else:
        yield normalizer


def _growth(steps: list[Mapping[str, Any]]) -> float:
    """Return a bound of how many characters one becomes.

    What a step puts in can only be replaced by a later one that looks for one of its characters.
    """
    later: list[tuple[frozenset[str] | None, float]] = []
    for step in reversed(steps):
        if step["type"] != "Replace":
            continue
        pattern, content = step["pattern"], step["content"]
        looked_for = frozenset(pattern["String"]) if "String" in pattern else None
        # A regular expression may match between any two characters, and so may nothing.
        length = len(pattern.get("String", ""))
        own = max(1.0, len(content) / length) if length else 1.0 + len(content)
        again = (factor for wanted, factor in later if not wanted or not wanted.isdisjoint(content))
        later.append((looked_for, own * max(again, default=1.0)))
    return max((factor for _, factor in later), default=1.0)
