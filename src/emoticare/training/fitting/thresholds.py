"""Fits decision thresholds on dev: one for all labels, and one a label.

A label with a dozen positives has a best threshold by luck. So a label's threshold maximizes the F1
that the calibrated probabilities themselves promise, not the F1 that the few gold labels happen to
give, and is then shrunk toward the shared one, the more the fewer positives the label has.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emoticare.evaluation.metrics import macro_f1, micro_f1
from emoticare.stages.decision import Thresholds

Float64Array = npt.NDArray[np.float64]

_SHARED_GRID = np.linspace(0.05, 0.75, 141)
_PRIOR_COUNTS = (0.0, 10.0, 25.0, 50.0, 100.0, 200.0, 400.0)
_N_FOLDS, _N_REPEATS = 5, 4
_LOWEST, _HIGHEST = 0.01, 0.99


def fit_thresholds(
    probabilities: npt.NDArray[np.floating],
    y_true: npt.NDArray[np.floating | np.bool_],
    labels: Sequence[str],
    *,
    seed: int = 0,
) -> Thresholds:
    """Fit the shared threshold for macro-F1 and the labels' own for macro- and micro-F1.

    Args:
        probabilities: Calibrated, shape (n_texts, n_labels).
        y_true: 0 or 1, same shape.
        labels: Names of the columns.
        seed: Of the folds that choose how strongly to shrink.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(y_true, np.bool_)
    shared = _shared_threshold(p, y)
    own = _shrunk_thresholds(p, y, shared, _choose_prior_count(p, y, seed))
    return Thresholds(
        round(shared, 4),
        {label: round(float(value), 4) for label, value in zip(labels, own, strict=True)},
    )


def best_expected_f1(probabilities: Float64Array) -> Float64Array:
    """Return the threshold a label at which the expected F1 is highest.

    With calibrated probabilities, the expected F1 of deciding for the k most probable texts is
    about `2 * sum of their probabilities / (k + sum of all probabilities)`.

    Args:
        probabilities: Calibrated, shape (n_texts, n_labels).

    Source: Lipton, Elkan & Narayanaswamy (2014), "Optimal thresholding of classifiers to maximize
        F1 measure".
    """
    falling = -np.sort(-probabilities, axis=0)
    chosen = np.arange(1, len(falling) + 1)[:, None]
    expected_f1 = 2 * np.cumsum(falling, axis=0) / (chosen + falling.sum(axis=0))
    best = expected_f1.argmax(axis=0)
    columns = np.arange(falling.shape[1])
    after = np.minimum(best + 1, len(falling) - 1)
    return np.asarray((falling[best, columns] + falling[after, columns]) / 2)


def _shared_threshold(probabilities: Float64Array, y_true: npt.NDArray[np.bool_]) -> float:
    figures = np.array([macro_f1(y_true, probabilities >= at) for at in _SHARED_GRID])
    # Few texts leave a range of equally good thresholds, whose middle is the safest guess.
    best = np.flatnonzero(figures == figures.max())
    return float(_SHARED_GRID[best[len(best) // 2]])


def _shrunk_thresholds(
    probabilities: Float64Array, y_true: npt.NDArray[np.bool_], shared: float, prior_count: float
) -> Float64Array:
    """Mix each label's own threshold with the shared one, as log odds."""
    n_positive = y_true.sum(axis=0)
    weight = n_positive / np.maximum(n_positive + prior_count, 1)
    own = np.clip(best_expected_f1(probabilities), _LOWEST, _HIGHEST)
    mixed = weight * _log_odds(own) + (1 - weight) * _log_odds(np.float64(shared))
    return np.asarray(1 / (1 + np.exp(-mixed)))


def _choose_prior_count(
    probabilities: Float64Array, y_true: npt.NDArray[np.bool_], seed: int
) -> float:
    """Choose by repeated cross-validation the count that makes macro- plus micro-F1 highest."""
    if len(y_true) < _N_FOLDS:
        return _PRIOR_COUNTS[-1]
    random = np.random.default_rng(seed)
    totals = np.zeros(len(_PRIOR_COUNTS))
    for _ in range(_N_REPEATS):
        fold_of = random.permutation(len(y_true)) % _N_FOLDS
        y_pred = np.zeros((len(_PRIOR_COUNTS), *y_true.shape), np.bool_)
        for fold in range(_N_FOLDS):
            is_out = fold_of == fold
            inside, gold = probabilities[~is_out], y_true[~is_out]
            shared = _shared_threshold(inside, gold)
            for row, prior_count in enumerate(_PRIOR_COUNTS):
                thresholds = _shrunk_thresholds(inside, gold, shared, prior_count)
                y_pred[row, is_out] = probabilities[is_out] >= thresholds
        totals += [macro_f1(y_true, pred) + micro_f1(y_true, pred) for pred in y_pred]
    return _PRIOR_COUNTS[int(totals.argmax())]


def _log_odds(probability: Float64Array | np.float64) -> Float64Array:
    return np.asarray(np.log(probability / (1 - probability)))
