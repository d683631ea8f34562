"""Constants fitted for one model beside its thresholds. Any of them may be missing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DocumentShifts:
    """How the emotions of a document follow from those of its sentences; added to log odds.

    Attributes:
        score_shift: Makes the mean of the highest scores a calibrated probability.
        threshold_shift: From the threshold of a sentence to that of a document.
        threshold_shifts: The same for each label that it was fitted for.
    """

    score_shift: float
    threshold_shift: float
    threshold_shifts: Mapping[str, float]

    def of_label(self, label: str) -> float:
        """Return the shift of a label's threshold; a label unknown here gets the shared one."""
        return self.threshold_shifts.get(label, self.threshold_shift)


@dataclass(frozen=True)
class FittedConstants:
    """What packaging fits for a model.

    Attributes:
        documents: See `DocumentShifts`; None where a document is as its strongest sentences.
        exclusivity: How far the labels of a group exclude each other, in [0, 1]; see
            `emoticare.stages.groups`. 0, as if they were independent, where nothing was fitted.
        policy: The scores from which on the default policy acts, by category and action; empty
            where those of the policy's file stand.
    """

    documents: DocumentShifts | None = None
    exclusivity: float = 0.0
    policy: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return what `parse` reads; empty where nothing was fitted."""
        content: dict[str, object] = {}
        if self.documents:
            by_label = dict(self.documents.threshold_shifts)
            content["documents"] = {**vars(self.documents), "threshold_shifts": by_label}
        if self.exclusivity:
            content["exclusivity"] = self.exclusivity
        if self.policy:
            content["policy"] = {name: dict(scores) for name, scores in self.policy.items()}
        return content

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "FittedConstants":
        """Read what `to_json` gave.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: A field makes no sense.
        """
        documents = content.get("documents")
        policy = {
            str(category): {str(action): _share(score) for action, score in scores.items()}
            for category, scores in dict(content.get("policy", {})).items()
        }
        return cls(
            documents and _shifts(documents), _share(content.get("exclusivity", 0.0)), policy
        )


def _shifts(content: Mapping[str, Any]) -> DocumentShifts:
    by_label = {str(label): _finite(x) for label, x in content["threshold_shifts"].items()}
    return DocumentShifts(
        _finite(content["score_shift"]), _finite(content["threshold_shift"]), by_label
    )


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, found {number}")
    return number


def _share(value: Any) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(f"expected a number from 0 to 1, found {number}")
    return number
