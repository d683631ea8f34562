"""Near-copies: texts that share half of their runs of five words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_RUN: Final = 5
_SHARE: Final = 0.5

Runs = frozenset[tuple[str, ...]]


def runs(text: str) -> Runs:
    """Return the runs of five words, in lower case; of a shorter text, all its words as one."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())] or [text]
    return frozenset(tuple(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1)))


class Seen:
    """Texts that others may not copy."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._sizes: list[int] = []
        self._places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Remember a text."""
        of_text = runs(text)
        for run in of_text:
            self._places[run].append(len(self._sizes))
        self._sizes.append(len(of_text))

    def holds_near_copy(self, text: str) -> bool:
        """Return whether half the runs of this text, or of one seen, are in the other, too."""
        of_text = runs(text)
        shared = Counter(place for run in of_text for place in self._places.get(run, ()))
        return any(
            count >= _SHARE * min(len(of_text), self._sizes[place])
            for place, count in shared.items()
        )
