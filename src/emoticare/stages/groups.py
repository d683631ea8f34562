"""Emotions in groups: Ekman's six, or positive, negative and ambiguous, each with neutral.

A text carries a group if it carries any of its emotions. Were they independent, the probability of
that would be the noisy-or of their own; did they exclude each other, the sum. GoEmotions' labels
lie between the two, and so does the rule here; docs/groups.md compares it with others.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import UsageError, did_you_mean
from emoticare.labels import LABELS, SENTIMENTS
from emoticare.stages.probabilities import FloatArray

Grouping = Mapping[str, tuple[str, ...]]

GROUPINGS: Final[Mapping[str, Grouping]] = {
    "ekman": {
        "anger": ("anger", "annoyance", "disapproval"),
        "disgust": ("disgust",),
        "fear": ("fear", "nervousness"),
        "joy": (
            "joy",
            "amusement",
            "approval",
            "excitement",
            "gratitude",
            "love",
            "optimism",
            "relief",
            "pride",
            "admiration",
            "desire",
            "caring",
        ),
        "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
        "surprise": ("surprise", "realization", "confusion", "curiosity"),
        "neutral": ("neutral",),
    },
    "sentiment": {**SENTIMENTS, "neutral": ("neutral",)},
}
"""Groupings by name, each a mapping of groups to their emotions; every emotion is in one group.

Source: ekman_mapping.json and sentiment_mapping.json of GoEmotions (Demszky et al., 2020), which
    leave neutral out.
"""


def group_probabilities(
    probabilities: npt.NDArray[np.floating[Any]],
    labels: Sequence[str],
    grouping: str,
    exclusivity: float = 0.0,
) -> FloatArray:
    """Return the probability that a text carries at least one emotion of each group.

    Args:
        probabilities: Calibrated, shape (n_texts, n_labels), such as `predict_proba` gives.
        labels: Names of the columns; all 28 of GoEmotions must be among them.
        grouping: A name in `GROUPINGS`.
        exclusivity: How far from the noisy-or towards the sum, in [0, 1]: the model's own, in
            `artifact.config.fitted`.

    Returns:
        float32 of shape (n_texts, n_groups) in [0, 1], groups in the order of `GROUPINGS`. As a
        text may carry several, they do not sum to 1.

    Raises:
        UsageError: If there is no such grouping, or the labels lack one of its emotions.

    Source: Pearl (1988), Probabilistic Reasoning in Intelligent Systems, for the noisy-or.
    """
    noisy_or, capped_sum = noisy_or_and_sum(probabilities, labels, grouping)
    return np.asarray(noisy_or + exclusivity * (capped_sum - noisy_or), np.float32)


def noisy_or_and_sum(
    probabilities: npt.NDArray[np.floating[Any]], labels: Sequence[str], grouping: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what independent and what disjoint emotions would give; see `group_probabilities`.

    Returns:
        Noisy-or and sum, the latter at most 1, both float64 of shape (n_texts, n_groups).
    """
    if grouping not in GROUPINGS:
        raise UsageError(
            f"Expected a grouping ({', '.join(GROUPINGS)}), found another name."
            f"{did_you_mean(grouping, GROUPINGS)}"
        )
    check_groupable(labels)
    column_of = {label: column for column, label in enumerate(labels)}
    both = [
        _noisy_or_and_sum(probabilities, [column_of[label] for label in members])
        for members in GROUPINGS[grouping].values()
    ]
    return np.stack([one for one, _ in both], axis=1), np.stack([two for _, two in both], axis=1)


def probability_of_any(
    probabilities: npt.NDArray[np.floating[Any]], columns: Sequence[int], exclusivity: float = 0.0
) -> FloatArray:
    """Return the probability that a text carries at least one of some labels.

    It is that of a group with these members; see `group_probabilities`.

    Args:
        probabilities: Calibrated, shape (n_texts, n_labels).
        columns: Of the labels.
        exclusivity: See `group_probabilities`.

    Returns:
        float32 of shape (n_texts,) in [0, 1].
    """
    noisy_or, capped_sum = _noisy_or_and_sum(probabilities, columns)
    return np.asarray(noisy_or + exclusivity * (capped_sum - noisy_or), np.float32)


def _noisy_or_and_sum(
    probabilities: npt.NDArray[np.floating[Any]], columns: Sequence[int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    absent = np.ones(len(probabilities))
    total = np.zeros_like(absent)
    # One emotion after the other: the same bits for a text alone and among others.
    for column in columns:
        probability = probabilities[:, column].astype(np.float64)
        absent *= 1.0 - probability
        total += probability
    return 1.0 - absent, np.minimum(total, 1.0)


def grouped_scores(
    scores: Mapping[str, float], exclusivity: float = 0.0
) -> dict[str, dict[str, float]]:
    """Return the probabilities of one text's groups, by grouping and group.

    Args:
        scores: The text's probability for each label.
        exclusivity: See `group_probabilities`.

    Raises:
        UsageError: If an emotion of GoEmotions is missing.
    """
    row = np.array([list(scores.values())], np.float32)
    return {
        name: dict(
            zip(
                grouping,
                group_probabilities(row, list(scores), name, exclusivity)[0].tolist(),
                strict=True,
            )
        )
        for name, grouping in GROUPINGS.items()
    }


def is_groupable(labels: Sequence[str]) -> bool:
    """Return whether the labels hold all emotions of the groupings."""
    return set(LABELS) <= set(labels)


def check_groupable(labels: Sequence[str]) -> None:
    """Refuse labels that cannot be grouped.

    Raises:
        UsageError: If an emotion of GoEmotions is missing.
    """
    if not is_groupable(labels):
        missing = [label for label in LABELS if label not in set(labels)]
        raise UsageError(
            f"Expected a model with GoEmotions' {len(LABELS)} emotions to group them, found one "
            f"without {missing[0]}. Use the embedded model, or no groups."
        )
