"""What a conversation tells after each turn, as an object and as JSON."""

from dataclasses import dataclass, field
from typing import Any

from emoticare.meaning.conversation.shifts import Shift
from emoticare.meaning.conversation.turns import Time, time_to_json
from emoticare.meaning.moderation import Moderation
from emoticare.prediction.bars import boxed, note
from emoticare.prediction.scores import EmotionScores, RankedScores, rounded

LabelScores = dict[str, float]


@dataclass(frozen=True, slots=True, repr=False)
class SpeakerState(RankedScores):
    """A speaker's running state.

    Attributes:
        labels: Labels whose running score reaches the threshold, best first.
        scores: The decayed mean of the scores of the speaker's turns, by label, in [0, 1].
        n_turns: The speaker's turns so far.
    """

    labels: list[str]
    scores: LabelScores
    n_turns: int

    def __hash__(self) -> int:
        return RankedScores.__hash__(self)

    def to_dict(self, top_k: int | None = None) -> dict[str, Any]:
        """Return it as JSON holds it.

        Args:
            top_k: How many of the best scores to give; None for all.
        """
        return {
            "labels": self.labels,
            "scores": _best(self.scores, top_k),
            "n_turns": self.n_turns,
        }


@dataclass(frozen=True, slots=True, repr=False)
class SpeakerSummary:
    """All of a speaker's turns.

    Attributes:
        speaker: The speaker.
        n_turns: Their turns.
        means: The plain mean of the scores of all turns, by label, in [0, 1].
        state: The running state after the last turn.
    """

    speaker: str
    n_turns: int
    means: LabelScores
    state: SpeakerState

    def __hash__(self) -> int:
        return hash((self.speaker, self.n_turns, self.state))

    def __repr__(self) -> str:
        name = f"{self.speaker}, " if self.speaker else ""
        return f"SpeakerSummary({name}{_turns(self.n_turns)}: {self.state.in_brief()})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "speaker": self.speaker,
            "n_turns": self.n_turns,
            "means": rounded(self.means),
            "state": self.state.to_dict(),
        }


@dataclass(frozen=True, slots=True, repr=False)
class TurnEvent(EmotionScores):
    """What is known after a turn; the turn's text is not in it.

    Attributes:
        turn: Its number, from 1.
        speaker: The speaker.
        time: When.
        labels: The turn's own labels, best first.
        scores: The turn's own scores by label.
        state: The speaker's running state.
        shifts: Emotions of the speaker that rise or fall, the largest shift first.
        moderation: What the policy says, with hysteresis; None without a policy.
    """

    turn: int
    speaker: str
    time: Time
    labels: list[str]
    scores: LabelScores
    state: SpeakerState
    shifts: list[Shift]
    moderation: Moderation | None
    _exclusivity: float = field(default=0.0, repr=False, compare=False)

    def __hash__(self) -> int:
        return EmotionScores.__hash__(self)

    def __repr__(self) -> str:
        name = f", {self.speaker}" if self.speaker else ""
        return f"TurnEvent({self.turn}{name}: {'; '.join([self.in_brief(), *self._news()])})"

    def to_dict(self, top_k: int | None = None) -> dict[str, Any]:
        """Return it as JSON holds it, for a program to act on.

        Args:
            top_k: How many of the best scores to give; None for all.
        """
        return {
            "turn": self.turn,
            "speaker": self.speaker,
            "time": time_to_json(self.time),
            "labels": self.labels,
            "scores": _best(self.scores, top_k),
            **self.running_dict(top_k),
        }

    def running_dict(self, top_k: int | None = None) -> dict[str, Any]:
        """Return, as JSON holds it, what the turns before have a part in."""
        record: dict[str, Any] = {
            "state": self.state.to_dict(top_k),
            "shifts": [shift.to_dict() for shift in self.shifts],
        }
        if self.moderation is not None:
            record["moderation"] = self.moderation.to_dict()
        return record

    def _news(self) -> list[str]:
        """Return in words what is more than the turn's own emotions."""
        told = [shift.words for shift in self.shifts]
        return told if self.moderation is None else [*told, self.moderation.in_brief()]

    def _repr_html_(self) -> str:
        name = f", {self.speaker}" if self.speaker else ""
        return boxed(note(f"turn {self.turn}{name}"), self._bars(), *map(note, self._news()))


def _turns(n_turns: int) -> str:
    return f"{n_turns} turn{'s' if n_turns > 1 else ''}"


def _best(scores: LabelScores, top_k: int | None) -> LabelScores:
    """Return scores with six decimals, the `top_k` best of them."""
    shown = list(scores) if top_k is None else sorted(scores, key=lambda x: -scores[x])[:top_k]
    return rounded({label: scores[label] for label in shown})
