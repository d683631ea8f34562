"""How good probabilities and decisions are, in numpy alone.

Everywhere `y_true` is a multi-hot array of shape (n_texts, n_labels) with values 0 and 1, `y_pred`
an array of decisions and `probabilities` an array of values in [0, 1], both of the same shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import UsageError

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_BINS: Final = 15
"""Bins of both calibration errors. Source: Guo et al. (2017), arXiv:1706.04599, section 5."""

PROBABILITY_FLOOR: Final = 1e-7
"""Probabilities are clipped to this distance from 0 and 1, so that one text's loss is finite."""


@dataclass(frozen=True)
class F1Counts:
    """The counts behind precision, recall and F1, each an array of shape (n_labels,)."""

    true_positives: Ints
    false_positives: Ints
    false_negatives: Ints


@dataclass(frozen=True)
class LabelScores:
    """Precision, recall and F1 in [0, 1], and support in texts, each of shape (n_labels,)."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: Ints


def check_same_shape(y_true: Array, other: Array) -> None:
    """Refuse a pair of arrays that cannot be compared text by text.

    Args:
        y_true: Gold labels.
        other: Decisions or probabilities.

    Raises:
        UsageError: The shapes differ, are not (n_texts, n_labels), or hold nothing.
    """
    if y_true.ndim != 2 or y_true.shape != other.shape or y_true.size == 0:  # noqa: PLR2004
        raise UsageError(
            "Expected gold labels and predictions of one shape (n_texts, n_labels) with at least "
            f"one text, found {y_true.shape} and {other.shape}. Score exactly the gold texts."
        )


def check_probabilities(y_true: Array, probabilities: Array) -> None:
    """Refuse probabilities that do not fit the gold labels or are no probabilities.

    Args:
        y_true: Gold labels.
        probabilities: What a model gave for the same texts.

    Raises:
        UsageError: The shapes do not fit, or a value is not a number from 0 to 1.
    """
    check_same_shape(y_true, probabilities)
    if not np.all((probabilities >= 0.0) & (probabilities <= 1.0)):
        raise UsageError(
            "Expected probabilities from 0 to 1, found a value outside or not a number. "
            "Pass probabilities, not logits."
        )


def f1_counts(y_true: Array, y_pred: Array) -> F1Counts:
    """Count hits, false alarms and misses of every label.

    Args:
        y_true: Gold labels.
        y_pred: Decisions.

    Returns:
        The counts, over texts.

    Raises:
        UsageError: The shapes do not fit.
    """
    check_same_shape(y_true, y_pred)
    gold, predicted = y_true.astype(bool), y_pred.astype(bool)
    return F1Counts(
        true_positives=np.count_nonzero(gold & predicted, axis=0),
        false_positives=np.count_nonzero(~gold & predicted, axis=0),
        false_negatives=np.count_nonzero(gold & ~predicted, axis=0),
    )


def f1_from_counts(true_positives: Array, false_positives: Array, false_negatives: Array) -> Floats:
    """F1 of counts of any one shape: 2 TP / (2 TP + FP + FN), and 0 where that is undefined."""
    return _ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives)


def per_label_scores(y_true: Array, y_pred: Array) -> LabelScores:
    """Precision, recall, F1 and support of every label.

    A figure that is undefined, such as the precision of a label never predicted, is 0.

    Args:
        y_true: Gold labels.
        y_pred: Decisions.

    Returns:
        The figures in label order.

    Raises:
        UsageError: The shapes do not fit.
    """
    counts = f1_counts(y_true, y_pred)
    hits, alarms, misses = counts.true_positives, counts.false_positives, counts.false_negatives
    return LabelScores(
        precision=_ratio(hits, hits + alarms),
        recall=_ratio(hits, hits + misses),
        f1=f1_from_counts(hits, alarms, misses),
        support=hits + misses,
    )


def macro_f1(y_true: Array, y_pred: Array) -> float:
    """Plain mean of the labels' F1, in [0, 1]; a label without any hit counts as 0.

    Args:
        y_true: Gold labels.
        y_pred: Decisions.

    Raises:
        UsageError: The shapes do not fit.
    """
    return float(per_label_scores(y_true, y_pred).f1.mean())


def micro_f1(y_true: Array, y_pred: Array) -> float:
    """F1 over the decisions of all labels together, in [0, 1].

    Args:
        y_true: Gold labels.
        y_pred: Decisions.

    Raises:
        UsageError: The shapes do not fit.
    """
    counts = f1_counts(y_true, y_pred)
    hits, alarms, misses = counts.true_positives, counts.false_positives, counts.false_negatives
    return float(f1_from_counts(hits.sum(), alarms.sum(), misses.sum()))


def precision_recall_curve(gold: Array, probabilities: Array) -> tuple[Floats, Floats]:
    """Precision and recall of one label at each distinct probability, the highest first.

    Args:
        gold: One label's column of shape (n_texts,), with at least one positive.
        probabilities: The label's probabilities, of shape (n_texts,).

    Returns:
        Precision and recall, both of shape (n_distinct,); recall grows from point to point.
    """
    order = np.argsort(-probabilities, kind="stable")
    # Equal probabilities can only be taken together: read the curve where a run of ties ends.
    ends = np.append(np.flatnonzero(np.diff(probabilities[order])), order.size - 1)
    hits = np.cumsum(gold[order].astype(bool))[ends]
    return hits / (ends + 1), hits / hits[-1]


def average_precision(y_true: Array, probabilities: Array) -> Floats:
    """Average precision of every label: the precision at each step of recall, times the step.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities; ties are handled as one step.

    Returns:
        Values in [0, 1] of shape (n_labels,); nan for a label without positives.

    Raises:
        UsageError: The shapes do not fit.

    Source: scikit-learn's `average_precision_score` (no interpolation).
    """
    return _for_each_label(_column_average_precision, y_true, probabilities)


def mean_average_precision(y_true: Array, probabilities: Array) -> float:
    """Mean of the labels' average precision, in [0, 1], over the labels that have positives.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities.

    Returns:
        The mean; nan when no label has positives.

    Raises:
        UsageError: The shapes do not fit.
    """
    return mean_of_defined(average_precision(y_true, probabilities))


def auroc(y_true: Array, probabilities: Array) -> Floats:
    """Area under the ROC curve of every label: how often a positive outranks a negative.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities; a tie counts as half a win.

    Returns:
        Values in [0, 1] of shape (n_labels,); nan for a label that is all positive or all negative.

    Raises:
        UsageError: The shapes do not fit.

    Source: Hanley & McNeil (1982), the Mann-Whitney form.
    """
    return _for_each_label(_column_auroc, y_true, probabilities)


def bce_losses(y_true: Array, probabilities: Array) -> Floats:
    """Binary cross-entropy of every text, in nats, averaged over labels.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities, clipped to 1e-7 from 0 and 1.

    Returns:
        Non-negative values of shape (n_texts,).

    Raises:
        UsageError: The shapes do not fit.
    """
    check_same_shape(y_true, probabilities)
    gold = y_true.astype(np.float64)
    # In double precision, since 1 - 1e-7 is not a float32.
    clipped = np.clip(probabilities.astype(np.float64), PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR)
    losses: Floats = -(gold * np.log(clipped) + (1.0 - gold) * np.log1p(-clipped)).mean(axis=1)
    return losses


def bce_loss(y_true: Array, probabilities: Array) -> float:
    """Binary cross-entropy in nats, averaged over texts and labels; see `bce_losses`.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities, clipped to 1e-7 from 0 and 1.

    Raises:
        UsageError: The shapes do not fit.
    """
    return float(bce_losses(y_true, probabilities).mean())


def expected_calibration_error(y_true: Array, probabilities: Array) -> float:
    """Return how far probabilities are from frequencies, over all decisions, in [0, 1].

    The decisions of all texts and labels fall into 15 bins of equal width; the error is the mean
    distance between a bin's mean probability and its share of positives, weighted by its size.
    Most decisions are easy negatives near 0, so the figure is small for any sensible model.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities.

    Raises:
        UsageError: The shapes do not fit.

    Source: Naeini et al. (2015), applied to each binary decision; bins as in Guo et al. (2017).
    """
    check_same_shape(y_true, probabilities)
    flat = probabilities.ravel().astype(np.float64)
    bins = np.minimum((flat * N_BINS).astype(np.int64), N_BINS - 1)
    return _binned_error(y_true.ravel(), flat, bins)


def per_label_calibration_error(y_true: Array, probabilities: Array) -> Floats:
    """Return each label's calibration error, over 15 bins of equally many texts.

    Bins of equal mass, because a rare label's probabilities would all fall into one bin of equal
    width.

    Args:
        y_true: Gold labels.
        probabilities: Probabilities.

    Returns:
        Values in [0, 1] of shape (n_labels,).

    Raises:
        UsageError: The shapes do not fit.

    Source: Nixon et al. (2019), arXiv:1904.01685, adaptive calibration error.
    """
    return _for_each_label(_column_calibration_error, y_true, probabilities)


def equal_mass_bins(probabilities: Array, n_bins: int) -> Ints:
    """Assign probabilities to bins that hold equally many of them.

    Equal probabilities share a bin, so the bins do not depend on the order of the texts; with ties
    some bins are larger and some are empty.

    Args:
        probabilities: Values of shape (n,).
        n_bins: Number of bins.

    Returns:
        Bin numbers from 0 to n_bins - 1, of shape (n,).
    """
    ranks = np.searchsorted(np.sort(probabilities), probabilities, side="left")
    return (ranks * n_bins // probabilities.size).astype(np.int64)


def mean_of_defined(values: Array) -> float:
    """Mean of the values that are not nan, and nan when none is left."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _ratio(numerator: Array, denominator: Array) -> Floats:
    zeros = np.zeros(np.shape(denominator))
    return np.divide(numerator, denominator, out=zeros, where=denominator > 0)


def _for_each_label(
    column_metric: Callable[[Bools, Array], float], y_true: Array, probabilities: Array
) -> Floats:
    check_same_shape(y_true, probabilities)
    gold = y_true.astype(bool)
    n_labels = gold.shape[1]
    return np.array([column_metric(gold[:, i], probabilities[:, i]) for i in range(n_labels)])


def _column_average_precision(gold: Bools, probabilities: Array) -> float:
    if not gold.any():
        return float("nan")
    precision, recall = precision_recall_curve(gold, probabilities)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _column_auroc(gold: Bools, probabilities: Array) -> float:
    n_positive = np.count_nonzero(gold)
    n_negative = gold.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    _, inverse, sizes = np.unique(probabilities, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(sizes) - (sizes - 1) / 2
    wins = mean_ranks[inverse][gold].sum() - n_positive * (n_positive + 1) / 2
    return float(wins / (n_positive * n_negative))


def _column_calibration_error(gold: Bools, probabilities: Array) -> float:
    return _binned_error(gold, probabilities, equal_mass_bins(probabilities, N_BINS))


def _binned_error(gold: Array, probabilities: Array, bins: Ints) -> float:
    # A bin's size times the distance of its two means is the size of its summed differences.
    differences = probabilities.astype(np.float64) - gold
    # In one order whichever the texts come in, so that rounding is the same.
    order = np.argsort(differences)
    gaps = np.bincount(bins[order], weights=differences[order])
    return float(np.abs(gaps).sum() / gold.size)
