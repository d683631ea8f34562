"""Whether a negation takes an emotion away: "I am happy with it." and "I am not happy with it."."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.metrics import PROBABILITY_FLOOR, Array
from emoticare.evaluation.robustness.package_data import read_rows
from emoticare.labels import SENTIMENTS

_FALL = 0.5


@dataclass(frozen=True)
class NegationPair:
    """A sentence that carries an emotion, and its negation, in which the emotion must fall."""

    emotion: str
    affirmed: str
    negated: str


@dataclass(frozen=True)
class NegationFigures:
    """A model's figures on pairs of a sentence and its negation.

    Attributes:
        n_pairs: Pairs measured on.
        share_halved: Share of pairs in which the emotion's probability falls by at least half.
        mean_ratio: Probability in the negated sentence over that in the affirmed one, the mean over
            pairs; 0 is best, 1 or more is no fall.
    """

    n_pairs: int
    share_halved: float
    mean_ratio: float


def read_negation_pairs() -> list[NegationPair]:
    """Read the pairs that come with the package."""
    return [NegationPair(**row) for row in read_rows("negation_pairs.tsv")]


def evaluate_negation(classifier: EmotionClassifier) -> dict[str, NegationFigures]:
    """Measure the pairs whose emotion is among the model's labels.

    Returns:
        Figures of `all` and, by the emotion that must fall, of each sentiment in `SENTIMENTS`;
        without those that have no pair.
    """
    pairs = [pair for pair in read_negation_pairs() if pair.emotion in classifier.labels]
    by_sentiment = {"all": pairs}
    for sentiment, emotions in SENTIMENTS.items():
        by_sentiment[sentiment] = [pair for pair in pairs if pair.emotion in emotions]
    return {
        sentiment: negation_figures(
            _emotion_probabilities(classifier, members, [pair.affirmed for pair in members]),
            _emotion_probabilities(classifier, members, [pair.negated for pair in members]),
        )
        for sentiment, members in by_sentiment.items()
        if members
    }


def negation_figures(affirmed: Array, negated: Array) -> NegationFigures:
    """Compute the figures from each pair's two probabilities, both of shape (n_pairs,)."""
    ratios = negated.astype(np.float64) / np.maximum(affirmed, PROBABILITY_FLOOR)
    return NegationFigures(
        n_pairs=len(ratios),
        share_halved=float(np.mean(ratios <= _FALL)),
        mean_ratio=float(ratios.mean()),
    )


def _emotion_probabilities(
    classifier: EmotionClassifier, pairs: Sequence[NegationPair], texts: Sequence[str]
) -> Array:
    columns = [classifier.labels.index(pair.emotion) for pair in pairs]
    return classifier.predict_proba(texts)[np.arange(len(pairs)), columns]
