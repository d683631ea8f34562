"""All figures of one model on one split, as a flat record."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import bootstrap_intervals
from emoticare.evaluation.metrics import (
    Array,
    Bools,
    auroc,
    average_precision,
    bce_loss,
    check_probabilities,
    expected_calibration_error,
    macro_f1,
    mean_average_precision,
    mean_of_defined,
    micro_f1,
    per_label_calibration_error,
    per_label_scores,
)

FIXED_THRESHOLDS: Final = (0.3, 0.5)
"""Thresholds at which other models on this data set are usually reported."""


@dataclass(frozen=True)
class LabelFigures:
    """The figures of one label, at its shipped threshold.

    Attributes:
        precision: In [0, 1]; 0 for a label never predicted.
        recall: In [0, 1]; 0 for a label without positives.
        f1: In [0, 1].
        f1_ci_low: Lower end of F1's 95% bootstrap interval.
        f1_ci_high: Upper end of F1's 95% bootstrap interval.
        average_precision: In [0, 1]; nan without positives.
        auroc: In [0, 1]; nan without positives or without negatives.
        support: Texts that carry the label.
        threshold: The shipped threshold.
        calibration_error: In [0, 1], over 15 bins of equal mass.
    """

    precision: float
    recall: float
    f1: float
    f1_ci_low: float
    f1_ci_high: float
    average_precision: float
    auroc: float
    support: int
    threshold: float
    calibration_error: float


@dataclass(frozen=True)
class EvaluationReport:
    """The figures of one model on one split.

    `figures` holds:

    - `n_texts`, and `global_threshold`: the one threshold that was chosen for all labels.
    - `macro_f1`, `micro_f1`: at the shipped threshold of each label.
    - `macro_f1_global`, `micro_f1_global`: at `global_threshold`.
    - `macro_f1_at_0.3`, `micro_f1_at_0.3`, `macro_f1_at_0.5`, `micro_f1_at_0.5`.
    - `bce_loss`: binary cross-entropy in nats, the mean over texts and labels.
    - `mean_average_precision`, `mean_auroc`: means over the labels where they are defined.
    - `expected_calibration_error`: over all decisions, 15 bins of equal width.
    - `mean_label_calibration_error`: mean of the labels' own, 15 bins of equal mass each.
    - `macro_f1_ci_low`, `macro_f1_ci_high`, and the same for `micro_f1`, `mean_average_precision`
      and `bce_loss`: 95% bootstrap intervals over texts.
    - Where unseen texts were named: `n_texts_unseen`, and every figure above except thresholds and
      intervals again with the suffix `_unseen`, on those texts alone.

    Attributes:
        figures: Numbers by name, as listed; a figure that is undefined is nan.
        per_label: The figures of each label, in label order.
    """

    figures: Mapping[str, float]
    per_label: Mapping[str, LabelFigures]

    def to_json(self) -> dict[str, object]:
        """Give a record fit for JSON: `figures` and, the one nested key, `per_label`.

        Returns:
            Names to numbers, None where a figure is undefined.
        """
        per_label = {name: _json_numbers(asdict(label)) for name, label in self.per_label.items()}
        return {**_json_numbers(self.figures), "per_label": per_label}


def evaluate_probabilities(
    y_true: Array,
    probabilities: Array,
    labels: Sequence[str],
    global_threshold: float,
    label_thresholds: Array,
    *,
    unseen_mask: Bools | None = None,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> EvaluationReport:
    """Compute all figures of one model on one split.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        probabilities: Probabilities of the same shape, in [0, 1].
        labels: Label names, in the order of the columns.
        global_threshold: The one threshold chosen for all labels.
        label_thresholds: The shipped thresholds, of shape (n_labels,).
        unseen_mask: Of shape (n_texts,), true for texts that no other split repeats.
        n_bootstrap: Bootstrap replicates, at least 1.
        seed: Seed of the bootstrap.

    Returns:
        The report.

    Raises:
        UsageError: The arrays do not fit together, a value is no probability, or `unseen_mask`
            leaves no text.
    """
    check_probabilities(y_true, probabilities)
    _check_labels(y_true.shape[1], labels, label_thresholds)
    intervals = bootstrap_intervals(
        y_true, probabilities, label_thresholds, n_bootstrap=n_bootstrap, seed=seed
    )
    figures = _figures(y_true, probabilities, global_threshold, label_thresholds)
    figures["global_threshold"] = global_threshold
    for name, interval in intervals.metrics.items():
        figures[f"{name}_ci_low"] = interval.low
        figures[f"{name}_ci_high"] = interval.high
    if unseen_mask is not None:
        _check_mask(len(y_true), unseen_mask)
        unseen = _figures(
            y_true[unseen_mask], probabilities[unseen_mask], global_threshold, label_thresholds
        )
        figures |= {f"{name}_unseen": value for name, value in unseen.items()}
    scores = per_label_scores(y_true, probabilities >= label_thresholds)
    columns = {
        "precision": scores.precision,
        "recall": scores.recall,
        "f1": scores.f1,
        "f1_ci_low": np.array([interval.low for interval in intervals.label_f1]),
        "f1_ci_high": np.array([interval.high for interval in intervals.label_f1]),
        "average_precision": average_precision(y_true, probabilities),
        "auroc": auroc(y_true, probabilities),
        "threshold": label_thresholds,
        "calibration_error": per_label_calibration_error(y_true, probabilities),
    }
    per_label = {
        label: LabelFigures(
            support=int(scores.support[i]),
            **{name: float(values[i]) for name, values in columns.items()},
        )
        for i, label in enumerate(labels)
    }
    return EvaluationReport(figures=figures, per_label=per_label)


def _figures(
    y_true: Array, probabilities: Array, global_threshold: float, label_thresholds: Array
) -> dict[str, float]:
    decisions = {
        "": probabilities >= label_thresholds,
        "_global": probabilities >= global_threshold,
        **{f"_at_{fixed}": probabilities >= fixed for fixed in FIXED_THRESHOLDS},
    }
    figures: dict[str, float] = {"n_texts": len(y_true)}
    for suffix, y_pred in decisions.items():
        figures[f"macro_f1{suffix}"] = macro_f1(y_true, y_pred)
        figures[f"micro_f1{suffix}"] = micro_f1(y_true, y_pred)
    label_errors = per_label_calibration_error(y_true, probabilities)
    return figures | {
        "bce_loss": bce_loss(y_true, probabilities),
        "mean_average_precision": mean_average_precision(y_true, probabilities),
        "mean_auroc": mean_of_defined(auroc(y_true, probabilities)),
        "expected_calibration_error": expected_calibration_error(y_true, probabilities),
        "mean_label_calibration_error": float(label_errors.mean()),
    }


def _json_numbers(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figures.items()}


def _check_labels(n_labels: int, labels: Sequence[str], label_thresholds: Array) -> None:
    if len(labels) != n_labels or label_thresholds.shape != (n_labels,):
        raise UsageError(
            f"Expected {n_labels} labels and thresholds, one for each column, found {len(labels)} "
            f"labels and thresholds of shape {label_thresholds.shape}."
        )


def _check_mask(n_texts: int, unseen_mask: Bools) -> None:
    if unseen_mask.shape != (n_texts,) or not unseen_mask.any():
        raise UsageError(
            f"Expected a mask of shape ({n_texts},) that keeps at least one text, found shape "
            f"{unseen_mask.shape} with {np.count_nonzero(unseen_mask)} texts kept."
        )
