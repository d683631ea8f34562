"""Scores of a text and its sentences -> what a policy says about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from emoticare.meaning.moderation.categories import Action, Category, Scope, Severity
from emoticare.meaning.moderation.policy import Policy
from emoticare.meaning.scored_texts import ScoredText, Span
from emoticare.model.config import ModelConfig
from emoticare.prediction.bars import boxed, note, score_bars
from emoticare.prediction.scores import rounded
from emoticare.stages.groups import probability_of_any
from emoticare.stages.probabilities import FloatArray

_EVIDENCE_SHOWN: Final = 3
_LEAST_EVIDENCE: Final = 0.05
_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """Why a category asks for an action.

    Attributes:
        category: Its name.
        action: "review" or "flag".
        severity: Of the category.
        score: Of the category, in [0, 1].
        threshold: The score that leads to the action.
        held: Whether only hysteresis keeps the action: the score has fallen below the threshold.
        reason: Why, in words: the policy's, and the emotions that speak for it.
        evidence: The probabilities of those emotions, best first.
        start: Where the sentence begins that the score is taken from, in characters; None where
            the whole text counts.
        end: Where it ends.
    """

    category: str
    action: Action
    severity: Severity
    score: float
    threshold: float
    held: bool
    reason: str
    evidence: dict[str, float]
    start: int | None
    end: int | None

    def __repr__(self) -> str:
        return f"Finding({self.action} {self.category} {self.score:.2f})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it, scores with six decimals."""
        return {
            "category": self.category,
            "action": self.action.value,
            "severity": self.severity.value,
            "score": round(self.score, _DECIMALS),
            "threshold": self.threshold,
            "held": self.held,
            "reason": self.reason,
            "evidence": rounded(self.evidence),
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Moderation:
    """What a policy says about one text.

    Attributes:
        action: The strictest that a category asks for.
        severity: The highest of the categories that ask for it; None where the text is allowed.
        category_scores: The probability that the text, or one of its sentences, carries an emotion
            of the category, by category.
        findings: One for each category that asks for something, the strictest first.
    """

    action: Action
    severity: Severity | None
    category_scores: dict[str, float]
    findings: list[Finding]

    @classmethod
    def of(cls, category_scores: dict[str, float], findings: Iterable[Finding]) -> "Moderation":
        """Put together what the categories say."""
        strictest = sorted(findings, key=lambda one: (-one.action.rank, -one.severity.rank))
        return cls(
            action=strictest[0].action if strictest else Action.ALLOW,
            severity=max((one.severity for one in strictest), key=lambda x: x.rank, default=None),
            category_scores=category_scores,
            findings=strictest,
        )

    @classmethod
    def strictest(cls, parts: Sequence["Moderation"]) -> "Moderation":
        """Return what a policy says about a text in parts: of each category, its highest score.

        Args:
            parts: What it says about each part, at least one.
        """
        scores = {
            name: max(one.category_scores[name] for one in parts)
            for name in parts[0].category_scores
        }
        findings: dict[str, Finding] = {}
        for finding in (finding for one in parts for finding in one.findings):
            known = findings.get(finding.category, finding)
            findings[finding.category] = max(known, finding, key=lambda one: one.score)
        return cls.of(scores, findings.values())

    @property
    def flagged(self) -> bool:
        """Whether the action is to flag."""
        return self.action is Action.FLAG

    @property
    def categories(self) -> dict[str, bool]:
        """Whether each category flags the text."""
        flags = {finding.category for finding in self.findings if finding.action is Action.FLAG}
        return {category: category in flags for category in self.category_scores}

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it: OpenAI's keys for moderations, and EmotiCare's own."""
        return {
            "flagged": self.flagged,
            "categories": self.categories,
            "category_scores": rounded(self.category_scores),
            "action": self.action.value,
            "severity": None if self.severity is None else self.severity.value,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def __hash__(self) -> int:
        # In no order, as two dictionaries in another order are equal.
        return hash((self.action, self.severity, frozenset(self.category_scores.items())))

    def in_brief(self) -> str:
        """Return what the categories ask for in words, such as "flag hostility 0.93"."""
        found = [f"{one.action} {one.category} {one.score:.2f}" for one in self.findings]
        return ", ".join(found) or self.action.value

    def __repr__(self) -> str:
        return f"Moderation({self.in_brief()})"

    def _repr_html_(self) -> str:
        found = [finding.category for finding in self.findings]
        reasons = [f"{finding.action}: {finding.reason}" for finding in self.findings]
        bars = score_bars(self.category_scores, found)
        return boxed(bars, *map(note, reasons or [self.action.value]))


class PolicyEvaluator:
    """Applies a policy to the scores of a model.

    Args:
        policy: The policy.
        outputs: The labels of the model, and then its risks.
        exclusivity: The model's, see `emoticare.stages.groups`.

    Attributes:
        policy: The policy.
        reads_sentences: Whether some category needs the scores of sentences.

    Raises:
        PolicyError: If the policy names an emotion or a risk that the model lacks.
    """

    def __init__(self, policy: Policy, outputs: Sequence[str], exclusivity: float = 0.0) -> None:
        policy.check(outputs)
        self._exclusivity = exclusivity
        self.policy = policy
        self.reads_sentences: bool = any(c.scope is Scope.SENTENCE for c in policy.categories)
        self._outputs = tuple(outputs)
        self._columns = [
            [self._outputs.index(name) for name in category.evidence]
            for category in policy.categories
        ]

    @classmethod
    def for_model(cls, config: ModelConfig, policy: Policy | None = None) -> "PolicyEvaluator":
        """Make one for a model.

        Args:
            config: Of the model.
            policy: The policy; None for the default one, with the scores fitted for the model.

        Raises:
            PolicyError: If the policy names an emotion or a risk that the model lacks.
        """
        return cls(policy or Policy.default(config), config.outputs, config.fitted.exclusivity)

    def category_scores(self, probabilities: FloatArray) -> FloatArray:
        """Return the probability of at least one emotion or risk of each category.

        Args:
            probabilities: float32 of shape (n_texts, n_outputs).

        Returns:
            float32 of shape (n_texts, n_categories), in [0, 1].

        Source: `emoticare.stages.groups.probability_of_any`.
        """
        return np.stack(
            [
                probability_of_any(probabilities, columns, self._exclusivity)
                for columns in self._columns
            ],
            axis=1,
        )

    def read(self, scored: ScoredText, held: Mapping[str, Action] | None = None) -> Moderation:
        """Apply the policy to one text.

        Args:
            scored: Its scores. Without sentences, the whole text stands for them.
            held: The actions that a session holds, by category.
        """
        rows = np.concatenate([scored.text[None], scored.sentences])
        by_row = self.category_scores(rows)
        scores: dict[str, float] = {}
        findings = []
        for column, category in enumerate(self.policy.categories):
            row = 0
            if category.scope is Scope.SENTENCE and scored.spans:
                row = 1 + int(by_row[1:, column].argmax())
            score = scores[category.name] = float(by_row[row, column])
            action = category.action(score, (held or {}).get(category.name, Action.ALLOW))
            if action is not Action.ALLOW:
                span = scored.spans[row - 1] if row else None
                findings.append(self._finding(category, action, score, rows[row], span))
        return Moderation.of(scores, findings)

    def flagged_spans(self, scored: ScoredText, n_chars: int) -> list[Span]:
        """Return where a text is flagged: as a whole, or each sentence that is, in order.

        Args:
            scored: Its scores.
            n_chars: Its length.
        """
        of_text = self.category_scores(scored.text[None])[0]
        of_sentences = self.category_scores(scored.sentences)
        found: set[Span] = set()
        for column, category in enumerate(self.policy.categories):
            if category.scope is Scope.SENTENCE and scored.spans:
                scores = of_sentences[:, column].tolist()
                by_sentence = zip(scored.spans, scores, strict=True)
                found |= {at for at, s in by_sentence if category.action(s) is Action.FLAG}
            elif category.action(float(of_text[column])) is Action.FLAG:
                return [(0, n_chars)]
        return sorted(found)

    def _finding(
        self, category: Category, action: Action, score: float, row: FloatArray, span: Span | None
    ) -> Finding:
        threshold = category.threshold(action)
        if threshold is None:
            raise AssertionError(f"{category.name} has no threshold for {action}")
        scored = {name: float(row[self._outputs.index(name)]) for name in category.evidence}
        best = sorted(scored, key=lambda label: -scored[label])[:_EVIDENCE_SHOWN]
        evidence = {x: scored[x] for x in best if x == best[0] or scored[x] >= _LEAST_EVIDENCE}
        held = score < threshold
        return Finding(
            category=category.name,
            action=action,
            severity=category.severity,
            score=score,
            threshold=threshold,
            held=held,
            reason=_in_words(category, action, threshold, evidence, held=held),
            evidence=evidence,
            start=span[0] if span else None,
            end=span[1] if span else None,
        )


def _in_words(
    category: Category,
    action: Action,
    threshold: float,
    evidence: Mapping[str, float],
    *,
    held: bool,
) -> str:
    emotions = ", ".join(f"{label} {score:.0%}" for label, score in evidence.items())
    if held:
        until = max(0.0, threshold - category.hysteresis)
        return f"{category.reason} ({emotions}; still {action}, until below {until:.0%})"
    return f"{category.reason} ({emotions}; {action} from {threshold:.0%})"
