"""The categories of a policy, and what they ask for."""

from dataclasses import dataclass
from enum import StrEnum


class _Ranked(StrEnum):
    """Names in an order, from the lowest on."""

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(type(self)).index(self)


class Action(_Ranked):
    """What a policy asks for, from the mildest on."""

    ALLOW = "allow"
    REVIEW = "review"
    FLAG = "flag"


class Severity(_Ranked):
    """How much a category matters, from the least on."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Scope(StrEnum):
    """Which part of a text a category's score is taken from."""

    TEXT = "text"
    SENTENCE = "sentence"


@dataclass(frozen=True, kw_only=True)
class Category:
    """One category of a policy.

    Attributes:
        name: Its name.
        description: What it is meant to find.
        emotions: The labels any of which speaks for it, those of its groups among them.
        risks: The risks any of which speaks for it.
        scope: Whether the whole text counts, or the sentence that speaks for it most.
        severity: How much it matters.
        review: The score in [0, 1] from which a person should look; None for never.
        flag: The score in [0, 1] from which a text is flagged; None for never.
        hysteresis: How far a score must fall below what led to an action before a session drops
            the action; see `ModerationSession`.
        reason: Why, in words.
        stands_for: The categories of other services that it decides, such as
            "perspective.TOXICITY"; see `emoticare.meaning.moderation.standards`.
    """

    name: str
    description: str
    emotions: tuple[str, ...]
    scope: Scope
    severity: Severity
    review: float | None
    flag: float | None
    hysteresis: float
    reason: str
    stands_for: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """All that speaks for it."""
        return (*self.emotions, *self.risks)

    def action(self, score: float, held: Action = Action.ALLOW) -> Action:
        """Return what to do at a score.

        Args:
            score: In [0, 1].
            held: The action that a session holds; it stays until the score is lower than what
                leads to it by the hysteresis.
        """
        for action in (Action.FLAG, Action.REVIEW):
            threshold = self.threshold(action)
            slack = self.hysteresis if held.rank >= action.rank else 0.0
            if threshold is not None and score >= threshold - slack:
                return action
        return Action.ALLOW

    def threshold(self, action: Action) -> float | None:
        """Return the score that leads to an action."""
        return {Action.FLAG: self.flag, Action.REVIEW: self.review}.get(action)
