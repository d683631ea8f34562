"""Scores a split with a classifier and computes its figures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.goemotions import not_seen_in
from emoticare.errors import UsageError
from emoticare.evaluation.report import EvaluationReport, evaluate_probabilities
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.probabilities import FloatArray


@dataclass(frozen=True, eq=False)
class ScoredSplit:
    """A model's probabilities on a split, and its figures.

    Attributes:
        split: Texts and gold labels.
        probabilities: float32 of shape (n_texts, n_labels).
        label_thresholds: The model's own, shape (n_labels,).
        report: All figures.
    """

    split: Split
    probabilities: FloatArray
    label_thresholds: FloatArray
    report: EvaluationReport


def score_split(
    classifier: EmotionClassifier,
    labels: Sequence[str],
    split: Split,
    others: Sequence[Split] = (),
    *,
    on_progress: Callable[[int], None] | None = None,
) -> ScoredSplit:
    """Scores a split and computes its figures.

    Args:
        classifier: The model.
        labels: The labels of the data, which must be the model's.
        split: What to score.
        others: The other splits; where there are any, the figures are also given for the texts
            that none of them repeats.
        on_progress: Called with the number of texts read since the last call.

    Raises:
        UsageError: If the model has other labels than the data.
    """
    if tuple(labels) != classifier.labels:
        raise UsageError(
            f"The data has the labels {', '.join(labels)}; the model has "
            f"{', '.join(classifier.labels)}. Choose the model that was trained on these labels."
        )
    probabilities = classifier.predict_proba(_counted(split.texts, on_progress))
    thresholds = classifier.artifact.config.thresholds
    label_thresholds = resolve_threshold(None, classifier.labels, thresholds)
    unseen = not_seen_in(split, others) if others else None
    report = evaluate_probabilities(
        split.multi_hot,
        probabilities,
        classifier.labels,
        thresholds.shared,
        label_thresholds,
        unseen_mask=unseen if unseen is not None and np.any(unseen) else None,
    )
    return ScoredSplit(split, probabilities, label_thresholds, report)


def _counted(texts: Sequence[str], on_progress: Callable[[int], None] | None) -> Iterator[str]:
    for text in texts:
        if on_progress:
            on_progress(1)
        yield text
