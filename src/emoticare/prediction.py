"""What a user gets back for one text."""

from dataclasses import dataclass, field

from emoticare.stages.groups import grouped_scores


@dataclass(frozen=True, slots=True)
class Prediction:
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

    @property
    def groups(self) -> dict[str, dict[str, float]]:
        """Probabilities of the groups of emotions, by grouping ("ekman", "sentiment") and group.

        Raises:
            UsageError: If the model does not have all emotions of GoEmotions.
        """
        return grouped_scores(self.scores, self._exclusivity)
