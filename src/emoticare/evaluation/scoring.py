"""Scores a split with a classifier and computes its figures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.faults import shown_name
from emoticare.data.goemotions import not_seen_in
from emoticare.errors import UsageError
from emoticare.evaluation.evaluation_report import EvaluationReport, evaluate_probabilities
from emoticare.evaluation.slices import evaluate_slices, slice_masks
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.probabilities import FloatArray

Progress = Callable[[int], object]

_LABELS_SHOWN: Final = 28


@dataclass(frozen=True, eq=False)
class ScoredSplit:
    """A model's probabilities on a split, and its figures.

    Attributes:
        model: Digest of the model.
        split: Texts and gold labels.
        probabilities: float32 of shape (n_texts, n_labels).
        report: All figures.
        slices: Figures by kind of text, see `evaluate_slices`.
    """

    model: str
    split: Split
    probabilities: FloatArray
    report: EvaluationReport
    slices: Mapping[str, Mapping[str, float | None]]

    def to_json(self) -> dict[str, object]:
        """Give a record fit for JSON.

        Returns:
            `model` (digest) and `split` (name), the figures that `EvaluationReport` lists, and two
            nested keys: `per_label`, the figures of each label, and `slices`, for each kind of text
            `n_texts`, `n_labels`, `macro_f1`, `micro_f1`, `mean_average_precision` and `bce_loss`,
            None where a kind of text leaves a figure undefined.
        """
        slices = {name: dict(figures) for name, figures in self.slices.items()}
        return {
            "model": self.model,
            "split": self.split.name,
            **self.report.to_json(),
            "slices": slices,
        }


def score_split(
    classifier: EmotionClassifier,
    labels: Sequence[str],
    split: Split,
    others: Sequence[Split] = (),
    *,
    on_progress: Progress | None = None,
) -> ScoredSplit:
    """Score a split and computes its figures.

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
    check_labels(labels, classifier.labels)
    probabilities = classifier.predict_proba(counted(split.texts, on_progress))
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
    slices = evaluate_slices(
        split.multi_hot, probabilities, label_thresholds, slice_masks(split.texts)
    )
    return ScoredSplit(classifier.artifact.digest, split, probabilities, report, slices)


def check_labels(of_data: Sequence[str], of_model: Sequence[str]) -> None:
    """Refuse to measure a model on other labels than its own.

    Args:
        of_data: The labels of the data, in the order of the columns.
        of_model: The labels of the model, in the order of its outputs.

    Raises:
        UsageError: If they are not the same in the same order.
    """
    if tuple(of_data) != tuple(of_model):
        raise UsageError(
            f"Expected the labels of the model, {_listed(of_model)}; found {_listed(of_data)} in "
            "the data. Choose the model that was trained on these labels."
        )


def _listed(labels: Sequence[str]) -> str:
    # A labels column that was named by mistake may hold texts, and thousands of them.
    shown = ", ".join(map(shown_name, labels[:_LABELS_SHOWN]))
    hidden = len(labels) - _LABELS_SHOWN
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def counted(texts: Sequence[str], on_progress: Progress | None) -> Iterator[str]:
    """Pass texts on, calling `on_progress` with 1 for each of them."""
    for text in texts:
        if on_progress:
            on_progress(1)
        yield text
