"""Turns -> events: each turn's emotions, and each speaker's running state."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from emoticare.errors import InputError
from emoticare.meaning.conversation.events import (
    LabelScores,
    SpeakerState,
    SpeakerSummary,
    TurnEvent,
)
from emoticare.meaning.conversation.preceding_turns import (
    CONTEXT_TURNS,
    PrecedingTurns,
    context_turns_for,
)
from emoticare.meaning.conversation.running_state import Decay, RunningState
from emoticare.meaning.conversation.shifts import ShiftDetector
from emoticare.meaning.conversation.turn_plan import ScoredTurn, TurnPlan
from emoticare.meaning.conversation.turns import Time, Turn, seconds
from emoticare.meaning.moderation import (
    ModerationSession,
    Policy,
    PolicyEvaluator,
)
from emoticare.meaning.scored_texts import ScoringPlan
from emoticare.meaning.scorer import TextScorer
from emoticare.stages.decision import Threshold, decide, resolve_threshold, strongest_first
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import clean_text

_TURNS_AT_ONCE: Final = 256
_MOST_SPEAKERS: Final = 10_000


@dataclass
class _Speaker:
    state: RunningState
    shifts: ShiftDetector
    moderation: ModerationSession | None


class ConversationTracker:
    """Keeps each speaker's running state; scores come from outside.

    Memory is bounded: where there are too many speakers, the one silent for the most turns is
    forgotten.

    Args:
        labels: Of the model.
        thresholds: float32 of shape (n_labels,).
        decay: How fast turns fade.
        reader: Applies a moderation policy; None for none.
        max_speakers: Most speakers that are remembered.
        exclusivity: Of the model, see `emoticare.stages.groups`.
    """

    def __init__(
        self,
        labels: Sequence[str],
        thresholds: FloatArray,
        decay: Decay | None = None,
        reader: PolicyEvaluator | None = None,
        max_speakers: int = _MOST_SPEAKERS,
        *,
        exclusivity: float = 0.0,
    ) -> None:
        self._labels = tuple(labels)
        self._thresholds = thresholds
        self._decay = decay or Decay()
        self._reader = reader
        self._max_speakers = max_speakers
        self._exclusivity = exclusivity
        self._speakers: OrderedDict[str, _Speaker] = OrderedDict()
        self._n_turns = 0

    def update(self, speaker: str, time: Time, scored: ScoredTurn) -> TurnEvent:
        """Take the next turn.

        Args:
            speaker: Who speaks.
            time: When.
            scored: The scores of what is said; without those of the text alone, it is not
                moderated.

        Raises:
            InputError: If the time is none.
        """
        time_s = seconds(time)
        probabilities = scored.emotions[: len(self._labels)]
        known = self._of(speaker)
        moderation = None
        if known.moderation and scored.alone:
            moderation = known.moderation.read(scored.alone)
        known.state.update(probabilities, time_s)
        self._n_turns += 1
        return TurnEvent(
            turn=self._n_turns,
            speaker=speaker,
            time=time,
            labels=self._above(probabilities),
            scores=self._by_label(probabilities),
            state=self._state(known.state),
            shifts=known.shifts.update(known.state.scores),
            moderation=moderation,
            _exclusivity=self._exclusivity,
        )

    def summaries(self) -> list[SpeakerSummary]:
        """Return one summary a speaker, who spoke most first."""
        found = [
            SpeakerSummary(
                speaker=name,
                n_turns=known.state.n_turns,
                means=self._by_label(known.state.total / known.state.n_turns),
                state=self._state(known.state),
            )
            for name, known in self._speakers.items()
        ]
        return sorted(found, key=lambda summary: -summary.n_turns)

    def _of(self, speaker: str) -> _Speaker:
        if speaker not in self._speakers:
            if len(self._speakers) >= self._max_speakers:
                self._speakers.popitem(last=False)
            self._speakers[speaker] = _Speaker(
                RunningState(len(self._labels), self._decay),
                ShiftDetector(self._labels, self._thresholds),
                ModerationSession(self._reader) if self._reader else None,
            )
        self._speakers.move_to_end(speaker)
        return self._speakers[speaker]

    def _state(self, state: RunningState) -> SpeakerState:
        return SpeakerState(
            labels=self._above(state.scores),
            scores=self._by_label(state.scores),
            n_turns=state.n_turns,
        )

    def _above(self, scores: "np.typing.NDArray[np.floating]") -> list[str]:
        row = np.asarray(scores, np.float32)
        return strongest_first(self._labels, row, decide(row, self._thresholds))

    def _by_label(self, scores: "np.typing.NDArray[np.floating]") -> LabelScores:
        return dict(zip(self._labels, scores.tolist(), strict=True))


class Conversation:
    """A conversation of any number of speakers, turn by turn.

    Args:
        classifier: Scores the turns.
        context_turns: With how many turns before it, whoever spoke, each turn's emotions are read:
            0 to 10. A model that reads texts alone reads turns alone, whatever it says here.
        threshold: As for `TextScorer.predict`.
        half_life_turns: So many further turns of a speaker halve what a turn counts.
        half_life_s: So many seconds between a speaker's turns halve it, too.
        policy: Moderates each turn, each speaker's as one sequence; None for no moderation. It goes
            by the text of the turn alone.

    Raises:
        ThresholdError: If the threshold makes no sense.
        UsageError: If a half-life is not above 0, or `context_turns` not from 0 to 10.
        PolicyError: If the policy names an emotion that the model lacks.
    """

    def __init__(
        self,
        classifier: TextScorer,
        *,
        context_turns: int = CONTEXT_TURNS,
        threshold: Threshold = None,
        half_life_turns: float = Decay.turns,
        half_life_s: float = Decay.seconds,
        policy: Policy | None = None,
    ) -> None:
        config = classifier.artifact.config
        reader = PolicyEvaluator.for_model(config, policy) if policy else None
        self._classifier = classifier
        self._context_turns = context_turns_for(config, context_turns)
        self._preceding = PrecedingTurns()
        self._is_moderated = reader is not None
        self._tokenize = classifier.tokenize if reader and reader.reads_sentences else None
        self._tracker = ConversationTracker(
            classifier.labels,
            resolve_threshold(threshold, config.labels, config.thresholds),
            Decay(half_life_turns, half_life_s),
            reader,
            exclusivity=config.fitted.exclusivity,
        )

    def add(self, text: str, speaker: str = "", time: Time = None) -> TurnEvent:
        """Take the next turn, and say what it changes.

        Args:
            text: What was said.
            speaker: By whom.
            time: When: a datetime (without a zone it counts as UTC), seconds, or None. Times that
                go backwards count as no time passed.

        Raises:
            InputError: If the text is not a string, or the time is none.
        """
        return next(self.stream([Turn(text, speaker, time)]))

    def stream(self, turns: Iterable[Turn]) -> Iterator[TurnEvent]:
        """Take many turns, and yield what each changes, scoring some hundreds at a time.

        Raises:
            InputError: If a text or a speaker is not a string, or a time is none.
        """
        turns = iter(turns)
        while chunk := list(islice(turns, _TURNS_AT_ONCE)):
            texts = [clean_text(turn.text) for turn in chunk]
            for turn in chunk:
                _check(turn)
            turns_in_context = self._preceding.replies(texts, self._context_turns)
            alone = ScoringPlan(texts, self._tokenize) if self._is_moderated else None
            plan = TurnPlan(turns_in_context, alone)
            scored = plan.scored(self._classifier.outputs(self._classifier.tokenize(plan.texts)))
            for turn, text, scores in zip(chunk, texts, scored, strict=True):
                self._preceding.add(text)
                yield self._tracker.update(turn.speaker, turn.time, scores)

    @property
    def speakers(self) -> list[SpeakerSummary]:
        """One summary a speaker, who spoke most first."""
        return self._tracker.summaries()


def _check(turn: Turn) -> None:
    if not isinstance(turn.speaker, str):
        raise InputError(
            f"Expected a speaker as str, found {type(turn.speaker).__name__}. Use a name, or leave "
            "it out."
        )
    seconds(turn.time)
