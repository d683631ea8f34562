"""What a user gets back who asks why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from emoticare.meaning.explanation.notebook import tinted_text
from emoticare.meaning.explanation.parts import Part, strongest_first
from emoticare.meaning.explanation.tint import Stretch, strongest, tinted
from emoticare.prediction import Prediction, ScoredName
from emoticare.prediction.bars import boxed

_WORDS_IN_BRIEF: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
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
        context_text: What was said before the text, with surrogate pairs joined; "" for nothing.
        context: Words of the end of it that the model read, likewise; their places count its
            characters.
    """

    text: str
    prediction: Prediction
    words: list[Part]
    sentences: list[Part]
    is_by_phrase: bool
    context_text: str = ""
    context: list[Part] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """The labels of the prediction."""
        return self.prediction.labels

    @property
    def scores(self) -> dict[str, float]:
        """The scores of the prediction."""
        return self.prediction.scores

    @property
    def sentiment(self) -> ScoredName:
        """The sentiment of the prediction; see `Prediction.sentiment`."""
        return self.prediction.sentiment

    def top(self, k: int = 3) -> list[ScoredName]:
        """Return the strongest labels of the prediction; see `Prediction.top`."""
        return self.prediction.top(k)

    def shown_labels(self) -> Sequence[str]:
        """Return the labels worth explaining: those of the prediction, else the likeliest."""
        scores = self.prediction.scores
        return self.prediction.labels or [max(scores, key=lambda label: scores[label])]

    def __hash__(self) -> int:
        return hash((self.text, self.context_text, self.prediction))

    def __repr__(self) -> str:
        label = self.shown_labels()[0]
        words = _in_brief(self.text, self.words, label)
        before = _in_brief(self.context_text, self.context, label)
        parts = [words or "no word moves it much", *([f"said before: {before}"] if before else [])]
        return f"Explanation({label} {self.prediction.scores[label]:.2f}: {'; '.join(parts)})"

    def to_dict(self, labels: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the explanation as JSON holds it, without its text, which the places refer to.

        Where something was said before the text, `context` has the words of that.

        Args:
            labels: The labels whose effects to give; all of the model by default.
        """
        context = [part.to_dict(labels) for part in self.context]
        return {
            **self.prediction.to_dict(),
            "words": [part.to_dict(labels) for part in self.words],
            "sentences": [part.to_dict(labels) for part in self.sentences],
            "is_by_phrase": self.is_by_phrase,
            **({"context": context} if self.context_text else {}),
        }

    def to_json(self, labels: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the same as `to_dict`, by its former name."""
        return self.to_dict(labels)

    def _repr_html_(self) -> str:
        scores = self.prediction.scores
        return boxed(
            *(
                tinted_text(*self.tints(label), label, scores[label])
                for label in self.shown_labels()
            )
        )

    def tints(self, label: str) -> tuple[list[Stretch], list[Stretch]]:
        """Return what was said before and the text, cut into tinted words, of one scale.

        The first is empty where nothing was said before.
        """
        most = strongest([*self.words, *self.context], label)
        context = tinted(self.context_text, self.context, label, most)
        return context, tinted(self.text, self.words, label, most)


def _in_brief(text: str, words: Sequence[Part], label: str) -> str:
    return ", ".join(
        f"{text[word.start : word.end]!r} {word.effects[label]:+.1f}"
        for word in strongest_first(words, label, _WORDS_IN_BRIEF)
    )
