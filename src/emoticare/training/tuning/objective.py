"""What thresholds are tuned for."""

from dataclasses import dataclass
from typing import Final

from emoticare.errors import UsageError
from emoticare.training.fitting.guarantees import positives_needed

# Two a fold of cross-validation.
_FEWEST_FOR_F1: Final = 10
_KINDS: Final = ("f1", "precision", "recall")


@dataclass(frozen=True, slots=True)
class Objective:
    """The best F1, or a promise of precision or recall.

    Attributes:
        kind: "f1", "precision" or "recall".
        target: What is promised, above 0 and below 1; 0 for "f1".
    """

    kind: str
    target: float = 0.0

    @classmethod
    def parse(cls, text: str) -> "Objective":
        """Read `f1`, `precision=0.9` or `recall=0.8`.

        Raises:
            UsageError: If it is none of these.
        """
        kind, equals, number = text.partition("=")
        if text == "f1":
            return cls("f1")
        try:
            target = float(number) if equals and kind in _KINDS[1:] else 0.0
        except ValueError:
            target = 0.0
        if not 0 < target < 1:
            raise UsageError(
                "Expected the objective f1, precision=NUMBER or recall=NUMBER with a number "
                f"between 0 and 1, found {text!r}."
            )
        return cls(kind, target)

    @property
    def needed(self) -> int:
        """The fewest texts with a label, and without it, from which it can be tuned."""
        return _FEWEST_FOR_F1 if self.kind == "f1" else positives_needed(self.kind, self.target)

    def __str__(self) -> str:
        return "f1" if self.kind == "f1" else f"{self.kind}={self.target:g}"
