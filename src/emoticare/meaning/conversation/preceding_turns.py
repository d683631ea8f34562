"""What was said before a turn, which the model reads beside it."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from emoticare.errors import UsageError
from emoticare.model.config import ModelConfig
from emoticare.stages.text import Readable, in_context
from emoticare.stages.tokens import CONTEXT_CHARS

CONTEXT_TURNS: Final = 1
"""Turns before a turn that it is read with, by default: a second one helped no model so far."""

MOST_CONTEXT_TURNS: Final = 10
"""Most turns before a turn that it can be read with; the model reads the end of them anyway."""


class PrecedingTurns:
    """Remembers the last turns of a conversation, whoever spoke.

    Memory is bounded: of a turn of any length only so much is kept as the model can read of it.
    """

    def __init__(self) -> None:
        self._turns: deque[str] = deque(maxlen=MOST_CONTEXT_TURNS)

    def add(self, text: str) -> None:
        """Remember the next turn, by its clean text."""
        self._turns.append(_end(text))

    def replies(self, texts: Sequence[str], n_turns: int) -> list[Readable]:
        """Return turns to come as the model reads them; they are not remembered.

        Args:
            texts: Their clean texts, each of which follows the one before it.
            n_turns: With how many turns before it each is read, a line a turn.
        """
        before = deque(self._turns, n_turns)
        replies = []
        for text in texts:
            replies.append(in_context(text, _end("\n".join(before))))
            before.append(_end(text))
        return replies


def context_turns_for(config: ModelConfig, asked: int) -> int:
    """Return with how many turns before it a model reads a turn.

    Args:
        config: Of the model.
        asked: How many are asked for; a model that reads texts alone takes none.

    Raises:
        UsageError: If more or fewer are asked for than there can be.
    """
    is_number = isinstance(asked, int) and not isinstance(asked, bool)
    if not is_number or not 0 <= asked <= MOST_CONTEXT_TURNS:
        raise UsageError(
            f"Expected context_turns as a whole number from 0 to {MOST_CONTEXT_TURNS}, found "
            "something else."
        )
    return asked if config.reads_context else 0


def _end(text: str) -> str:
    return text[-CONTEXT_CHARS:]
