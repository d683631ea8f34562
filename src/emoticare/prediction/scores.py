"""What all results have in common that hold a score for every label, and the labels found."""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypedDict

from emoticare.errors import UsageError
from emoticare.prediction.bars import boxed, score_bars
from emoticare.stages.groups import grouped_scores

_DECIMALS: Final = 6
_MOST_IN_BRIEF: Final = 5
_FEWEST_SHOWN: Final = 3


class ScoredName(NamedTuple):
    """A label or a group, and its probability.

    Attributes:
        name: Of the label or the group.
        score: In [0, 1].
    """

    name: str
    score: float


class LabelScore(TypedDict):
    """A row of what `emoticare.predict_emotions`, and `clf(text, top_k=…)`, return.

    Attributes:
        label: The label.
        score: Its probability, in [0, 1].
    """

    label: str
    score: float


class RankedScores:
    """Scores of all labels, and the labels found.

    Attributes:
        labels: Labels whose score reaches its threshold, best first; may be empty.
        scores: A number in [0, 1] for every label of the model, in label order.
    """

    __slots__ = ()
    labels: list[str]
    scores: dict[str, float]

    def top(self, k: int = 3) -> list[ScoredName]:
        """Return the `k` strongest labels with their scores, best first, found or not.

        Raises:
            UsageError: If `k` is no whole number above 0.
        """
        check_top_k(k)
        ranked = sorted(self.scores.items(), key=lambda item: -item[1])
        return [ScoredName(*item) for item in ranked[:k]]

    def label_scores(self, k: int) -> list[LabelScore]:
        """Return the same as `top`, as dictionaries of `label` and `score`."""
        return [{"label": name, "score": score} for name, score in self.top(k)]

    def with_runners_up(self) -> list[str]:
        """Return the labels worth showing: those found and the next one, or the best three."""
        others = [name for name, _ in self.top(len(self.scores)) if name not in self.labels]
        n_others = max(_FEWEST_SHOWN - len(self.labels), 1)
        return [*self.labels, *others[:n_others]]

    def in_brief(self) -> str:
        """Return the labels and their scores in words, such as "joy 0.98, love 0.31"."""
        if not self.labels:
            likeliest = [f"likeliest {name} {score:.2f}" for name, score in self.top(1)]
            return ", ".join(["no label", *likeliest])
        shown = [f"{label} {self.scores[label]:.2f}" for label in self.labels[:_MOST_IN_BRIEF]]
        return ", ".join([*shown, "…"] if len(self.labels) > _MOST_IN_BRIEF else shown)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_brief()})"

    def __hash__(self) -> int:
        # In no order, as two dictionaries in another order are equal.
        return hash((tuple(self.labels), frozenset(self.scores.items())))

    def _repr_html_(self) -> str:
        return boxed(self._bars())

    def _bars(self) -> str:
        return score_bars(
            {label: self.scores[label] for label in self.with_runners_up()}, self.labels
        )


class EmotionScores(RankedScores):
    """Probabilities of all labels, which can be read in groups of emotions, too."""

    __slots__ = ()
    _exclusivity: float

    @property
    def groups(self) -> dict[str, dict[str, float]]:
        """Probabilities of the groups of emotions, by grouping ("ekman", "sentiment") and group.

        Raises:
            UsageError: If the model does not have all emotions of GoEmotions.
        """
        return grouped_scores(self.scores, self._exclusivity)

    @property
    def sentiment(self) -> ScoredName:
        """The strongest of positive, negative, ambiguous and neutral, and its probability.

        Raises:
            UsageError: If the model does not have all emotions of GoEmotions.
        """
        groups = self.groups["sentiment"]
        return ScoredName(*max(groups.items(), key=lambda item: item[1]))


def check_top_k(k: object) -> None:
    """Refuse a number of strongest labels that is none.

    Raises:
        UsageError: If it is no whole number above 0.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise UsageError(f"Expected a number of labels as a whole number above 0, found {k!r}.")


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores with six decimals, as JSON holds them."""
    return {name: round(score, _DECIMALS) for name, score in scores.items()}


def rounded_groups(groups: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the probabilities of groups with six decimals, as JSON holds them."""
    return {name: rounded(scores) for name, scores in groups.items()}
