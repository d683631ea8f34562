"""What a user gets back for one text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from emoticare.prediction.bars import boxed, note
from emoticare.prediction.scores import EmotionScores, rounded, rounded_groups
from emoticare.stages.checks import abstains
from emoticare.stages.decision import decide, strongest_first
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TokenizedText


@dataclass(frozen=True, slots=True, repr=False)
class Prediction(EmotionScores):
    """The emotions of one text.

    Attributes:
        labels: Labels whose score reaches its threshold, best first; may be empty.
        scores: A calibrated probability in [0, 1] for every label of the model, in label order.
            The labels are not exclusive, so the scores do not sum to 1.
        n_tokens: Tokens the model read, the two special ones included.
        truncated: Whether the text went on beyond what the model read.
        warnings: Why the prediction may mean little: "not_english", "out_of_domain", "too_short",
            "truncated"; mostly empty.
    """

    labels: list[str]
    scores: dict[str, float]
    n_tokens: int
    truncated: bool
    warnings: list[str] = field(default_factory=list)
    _exclusivity: float = field(default=0.0, repr=False, compare=False)

    def __hash__(self) -> int:
        return EmotionScores.__hash__(self)

    def __repr__(self) -> str:
        warnings = f"; {', '.join(self.warnings)}" if self.warnings else ""
        return f"Prediction({self.in_brief()}{warnings})"

    def to_dict(self, *, groups: bool = False) -> dict[str, Any]:
        """Return it as JSON holds it, scores with six decimals.

        Args:
            groups: Whether to give the probabilities of the groups of emotions, too.

        Raises:
            UsageError: If groups are wanted of a model without all emotions of GoEmotions.
        """
        record: dict[str, Any] = {
            "labels": [*self.labels],
            "scores": rounded(self.scores),
            "n_tokens": self.n_tokens,
            "truncated": self.truncated,
            "warnings": [*self.warnings],
        }
        return {**record, "groups": rounded_groups(self.groups)} if groups else record

    def _repr_html_(self) -> str:
        words = ", ".join(warning.replace("_", " ") for warning in self.warnings)
        return boxed(self._bars(), note(f"warning: {words}") if words else "")


def make_predictions(
    labels: Sequence[str],
    tokenized: Sequence[TokenizedText],
    probabilities: FloatArray,
    thresholds: FloatArray,
    warnings: Sequence[list[str]],
    *,
    exclusivity: float,
    abstain: bool = False,
) -> Iterator[Prediction]:
    """Yield what a user gets for each text.

    Args:
        labels: Of the model.
        tokenized: The tokens of each text.
        probabilities: Calibrated, float32 of shape (n_texts, n_labels).
        thresholds: float32 of shape (n_labels,).
        warnings: Of each text.
        exclusivity: Of the model, see `emoticare.stages.groups`.
        abstain: Whether a text with certain warnings gets no labels.
    """
    decided = decide(probabilities, thresholds)
    if abstain:
        decided[[abstains(found) for found in warnings]] = False
    rows = zip(tokenized, probabilities, decided, warnings, strict=True)
    for tokens, scores, is_on, found in rows:
        yield Prediction(
            labels=strongest_first(labels, scores, is_on),
            scores=dict(zip(labels, scores.tolist(), strict=True)),
            n_tokens=len(tokens.input_ids),
            truncated=tokens.truncated,
            warnings=found,
            _exclusivity=exclusivity,
        )
