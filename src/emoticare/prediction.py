"""What a user gets back for one text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prediction:
    """The emotions of one text.

    Attributes:
        labels: Labels whose score reaches its threshold, best first; may be empty.
        scores: A calibrated probability in [0, 1] for every label of the model, in label order.
            The labels are not exclusive, so the scores do not sum to 1.
        n_tokens: Tokens the model read, the two special ones included.
        truncated: Whether the text went on beyond what the model read.
    """

    labels: list[str]
    scores: dict[str, float]
    n_tokens: int
    truncated: bool
