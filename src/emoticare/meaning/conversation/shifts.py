"""Shifts: an emotion of a speaker that rises or falls over several turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from emoticare.stages.probabilities import FloatArray

Direction = Literal["rising", "falling"]

MIN_STEP: Final = 0.05
"""Least change of the running state from turn to turn that counts as rising or falling.

Source: benchmarks/conversation_shifts.py; docs/conversations.md has its table.
"""
_MIN_TURNS: Final = 3
_DECIMALS: Final = 6
_NUMBERS: Final = ("three", "four", "five", "six", "seven", "eight", "nine", "ten")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class Shift:
    """An emotion that rises or falls.

    Attributes:
        label: The emotion.
        direction: "rising" or "falling".
        n_turns: Over how many of the speaker's turns, at least three.
        before: The running state at the first of them, in [0, 1].
        after: The running state now.
    """

    label: str
    direction: Direction
    n_turns: int
    before: float
    after: float

    @property
    def words(self) -> str:
        """For example "annoyance rising over the last three turns"."""
        position = self.n_turns - _MIN_TURNS
        number = _NUMBERS[position] if position < len(_NUMBERS) else str(self.n_turns)
        return f"{self.label} {self.direction} over the last {number} turns"

    def __repr__(self) -> str:
        return f"Shift({self.words}: {self.before:.2f} to {self.after:.2f})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it, scores with six decimals."""
        return {
            "label": self.label,
            "direction": self.direction,
            "n_turns": self.n_turns,
            "before": round(self.before, _DECIMALS),
            "after": round(self.after, _DECIMALS),
            "words": self.words,
        }


class ShiftDetector:
    """Watches the running state of one speaker.

    An emotion rises while its state grows by at least `min_step` at each turn, and falls likewise.
    That is told from the third turn on, of an emotion that rises to its threshold or beyond, or
    that falls after its state had reached the threshold for two turns: the state of whoever was
    glad once fades by itself.

    Args:
        labels: Of the model; neutral is left out.
        thresholds: float32 of shape (n_labels,).
        min_step: Least change from turn to turn.
    """

    def __init__(
        self, labels: Sequence[str], thresholds: FloatArray, min_step: float = MIN_STEP
    ) -> None:
        self._labels = labels
        self._thresholds = thresholds
        self._min_step = min_step
        self._counts = np.array([label != "neutral" for label in labels])
        self._last: Floats = np.zeros(len(labels))
        self._n_turns = 0
        self._rising = _Run(len(labels))
        self._falling = _Run(len(labels))

    def update(self, scores: Floats) -> list[Shift]:
        """Take the state after the next turn, and return the shifts, the largest first."""
        last, self._last = self._last, scores
        self._n_turns += 1
        if self._n_turns == 1:
            # From no turn to the first is no step.
            return []
        self._rising.update(last, goes_on=scores - last >= self._min_step)
        self._falling.update(last, goes_on=last - scores >= self._min_step)
        rises = scores >= self._thresholds
        falls = np.minimum(self._falling.start, self._falling.before_start) >= self._thresholds
        shifts = [
            *self._told(self._rising, "rising", rises, scores),
            *self._told(self._falling, "falling", falls, scores),
        ]
        return sorted(shifts, key=lambda shift: -abs(shift.after - shift.before))

    def _told(
        self, run: "_Run", direction: Direction, matters: npt.NDArray[np.bool_], scores: Floats
    ) -> list[Shift]:
        told = (run.n_steps >= _MIN_TURNS - 1) & matters & self._counts
        return [
            Shift(
                label=self._labels[int(i)],
                direction=direction,
                n_turns=int(run.n_steps[i]) + 1,
                before=float(run.start[i]),
                after=float(scores[i]),
            )
            for i in np.flatnonzero(told)
        ]


class _Run:
    """For each label, for how many steps on end it has gone one way, and from where.

    Attributes:
        n_steps: Steps, shape (n_labels,).
        start: The state before the first of them.
        before_start: The state a turn earlier.
    """

    def __init__(self, n_labels: int) -> None:
        self.n_steps = np.zeros(n_labels, np.int64)
        self.start: Floats = np.zeros(n_labels)
        self.before_start: Floats = np.zeros(n_labels)
        self._previous: Floats = np.zeros(n_labels)

    def update(self, last: Floats, goes_on: npt.NDArray[np.bool_]) -> None:
        begins = self.n_steps == 0
        self.start = np.where(begins, last, self.start)
        self.before_start = np.where(begins, self._previous, self.before_start)
        self.n_steps = np.where(goes_on, self.n_steps + 1, 0)
        self._previous = last
