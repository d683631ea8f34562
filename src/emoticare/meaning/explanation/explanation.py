"""What a user gets back who asks why."""

from collections.abc import Sequence
from dataclasses import dataclass

from emoticare.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text and what it does.

    Attributes:
        start: Place of its first character in the text.
        end: Place after its last character.
        effects: For every label the change of its log odds (the logit, in nats) that the part
            makes: above 0 it speaks for the label, below 0 against it. Log odds, unlike
            probabilities, still move where a label is nearly certain.
    """

    start: int
    end: int
    effects: dict[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The emotions of one text, and what moved them.

    Attributes:
        text: The text, with surrogate pairs joined; the places count its characters.
        prediction: What the classifier says of it.
        words: Words, runs of punctuation and of emoji that the model read, in order. Of more than
            12, those that carry no emotion by themselves (articles, pronouns, commas) were not
            tried and are left out; of a long text, phrases of several words were.
        sentences: Its sentences, likewise; of a text of very many, several at a time.
        is_by_phrase: Whether the text was too long for every word to be tried alone.
    """

    text: str
    prediction: Prediction
    words: list[Part]
    sentences: list[Part]
    is_by_phrase: bool

    def shown_labels(self) -> Sequence[str]:
        """Return the labels worth explaining: those of the prediction, else the likeliest."""
        scores = self.prediction.scores
        return self.prediction.labels or [max(scores, key=lambda label: scores[label])]

    def to_json(self, labels: Sequence[str] | None = None) -> dict[str, object]:
        """Return the explanation without its text, which the places refer to.

        Args:
            labels: The labels whose effects to give; all of the model by default.
        """
        chosen = tuple(self.prediction.scores) if labels is None else labels

        def record(part: Part) -> dict[str, object]:
            return {
                "start": part.start,
                "end": part.end,
                "effects": {label: round(part.effects[label], 4) for label in chosen},
            }

        return {
            "labels": self.prediction.labels,
            "scores": {name: round(score, 6) for name, score in self.prediction.scores.items()},
            "n_tokens": self.prediction.n_tokens,
            "truncated": self.prediction.truncated,
            "warnings": self.prediction.warnings,
            "words": [record(part) for part in self.words],
            "sentences": [record(part) for part in self.sentences],
            "is_by_phrase": self.is_by_phrase,
        }
