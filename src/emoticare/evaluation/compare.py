"""Two models, or two forms of one model, on the same texts."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import paired_bootstrap
from emoticare.evaluation.metrics import (
    Array,
    Floats,
    bce_loss,
    check_probabilities,
    macro_f1,
    mean_average_precision,
    micro_f1,
)

TOLERANCES: Final = (0.02, 0.05)
"""Distances within which two probabilities count as the same, for `share_within_*`."""

_N_MOST_CHANGED: Final = 5


def compare_probabilities(
    y_true: Array,
    a: Array,
    b: Array,
    thresholds_a: Array,
    thresholds_b: Array,
    *,
    labels: Sequence[str],
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, object]:
    """Compare two models' probabilities, decisions and figures.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), 0 or 1.
        a: Probabilities of the first model, of the same shape.
        b: Probabilities of the second model, of the same shape.
        thresholds_a: The first model's thresholds, of shape (n_labels,).
        thresholds_b: The second model's thresholds, of shape (n_labels,).
        labels: Label names, in the order of the columns.
        n_bootstrap: Replicates of the paired bootstrap, at least 1.
        seed: Seed of the bootstrap.

    Returns:
        A flat record fit for JSON:

        - `n_texts`.
        - `share_within_0.02`, `share_within_0.05`: share of probabilities that close or closer.
        - `max_abs_difference`, `mean_abs_difference`: of the probabilities.
        - `share_decisions_changed`: share of all decisions that differ.
        - `most_changed_labels`: up to five label names, those with most changed decisions first;
          `most_changed_counts`: in how many texts, in the same order.
        - For `macro_f1`, `micro_f1`, `mean_average_precision` and `bce_loss`: `<metric>_a`,
          `<metric>_b`, `<metric>_difference` (b minus a) and its 95% interval from a paired
          bootstrap, `<metric>_difference_ci_low` and `<metric>_difference_ci_high`.

        A mean average precision without any positive is None.

    Raises:
        UsageError: The arrays do not fit together, a value is no probability, or `n_bootstrap` is
            below 1.
    """
    check_probabilities(y_true, a)
    check_probabilities(y_true, b)
    if len(labels) != y_true.shape[1]:
        raise UsageError(f"Expected {y_true.shape[1]} label names, found {len(labels)}.")
    record: dict[str, object] = {"n_texts": len(y_true)}
    record |= _agreement(a.astype(np.float64), b.astype(np.float64))
    record |= _changed_decisions(a >= thresholds_a, b >= thresholds_b, labels)
    record |= {f"{name}_a": value for name, value in _metrics(y_true, a, thresholds_a).items()}
    record |= {f"{name}_b": value for name, value in _metrics(y_true, b, thresholds_b).items()}
    differences = paired_bootstrap(
        y_true, a, b, thresholds_a, thresholds_b, n_bootstrap=n_bootstrap, seed=seed
    )
    for name, interval in differences.items():
        record |= interval.to_json(f"{name}_difference")
    return record


def _agreement(a: Floats, b: Floats) -> dict[str, float]:
    differences = np.abs(a - b)
    shares = {f"share_within_{t}": float(np.mean(differences <= t)) for t in TOLERANCES}
    return shares | {
        "max_abs_difference": float(differences.max()),
        "mean_abs_difference": float(differences.mean()),
    }


def _changed_decisions(
    y_pred_a: Array, y_pred_b: Array, labels: Sequence[str]
) -> dict[str, object]:
    changed = y_pred_a != y_pred_b
    counts = np.count_nonzero(changed, axis=0)
    most_changed = [i for i in np.argsort(-counts, kind="stable")[:_N_MOST_CHANGED] if counts[i]]
    return {
        "share_decisions_changed": float(changed.mean()),
        "most_changed_labels": [labels[i] for i in most_changed],
        "most_changed_counts": [int(counts[i]) for i in most_changed],
    }


def _metrics(y_true: Array, probabilities: Array, thresholds: Array) -> dict[str, float | None]:
    y_pred = probabilities >= thresholds
    return {
        "macro_f1": macro_f1(y_true, y_pred),
        "micro_f1": micro_f1(y_true, y_pred),
        "mean_average_precision": _json_number(mean_average_precision(y_true, probabilities)),
        "bce_loss": bce_loss(y_true, probabilities),
    }


def _json_number(value: float) -> float | None:
    return None if np.isnan(value) else value
