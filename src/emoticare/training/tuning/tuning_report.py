"""What tuning changes, and how sure that is."""

from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from emoticare.evaluation.bootstrap import Interval
from emoticare.training.fitting.guarantees import interval

Bools = npt.NDArray[np.bool_]

_N_BOOTSTRAP = 2000


class LabelStatus(StrEnum):
    """What became of a label."""

    TUNED = "tuned"
    NOT_REACHABLE = "not reachable"
    TOO_FEW = "too few texts"


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What became of one label; figures after tuning are of texts it was not tuned on.

    Attributes:
        status: Whether it was tuned; one that was not keeps the model's own decisions.
        n_positive: Texts that carry it.
        needed: The fewest with and without it from which it can be tuned.
        promise: Lower 95% confidence bound of the precision or recall at the new threshold, or
            the best that could be promised; None for F1 and where the texts are too few.
        n_folds: Folds of cross-validation, of 5, in which it was tuned.
        threshold_before: The model's own.
        threshold_after: The new one, on the new calibration.
        precision_before: At the model's own threshold, as all that follow with a 95% interval.
        precision_after: Cross-validated; None where no fold was tuned.
        recall_before: Likewise.
        recall_after: Likewise.
        f1_before: Likewise.
        f1_change: Of F1, on the same texts.
    """

    status: LabelStatus
    n_positive: int
    needed: int
    promise: float | None
    n_folds: int
    threshold_before: float
    threshold_after: float
    precision_before: Interval | None
    precision_after: Interval | None
    recall_before: Interval | None
    recall_after: Interval | None
    f1_before: float
    f1_change: Interval | None


@dataclass(frozen=True, slots=True)
class TuningReport:
    """What tuning changes.

    Attributes:
        objective: What was tuned for.
        n_texts: Texts it was tuned on.
        calibration: "temperature", "platt" or "none", whichever was best on held-out texts.
        log_loss: Of each calibration on held-out texts, and of the model as it is ("raw"); nats.
        macro_f1_change: Cross-validated, over the labels that were tuned; None where none was.
        labels: What became of each label.
    """

    objective: str
    n_texts: int
    calibration: str
    log_loss: dict[str, float]
    macro_f1_change: Interval | None
    labels: dict[str, LabelReport]

    def to_json(self) -> dict[str, object]:
        """Return all figures, fit for JSON."""
        return asdict(self)


def precision_of(y_true: Bools, y_pred: Bools) -> Interval | None:
    """Return the precision of one label, None without predictions."""
    return _share(int((y_true & y_pred).sum()), int(y_pred.sum()))


def recall_of(y_true: Bools, y_pred: Bools) -> Interval | None:
    """Return the recall of one label, None without positives."""
    return _share(int((y_true & y_pred).sum()), int(y_true.sum()))


def f1_change(
    y_true: Bools, before: Bools, after: Bools, seed: int = 0
) -> tuple[Interval, npt.NDArray[np.float64]]:
    """Return the change of one label's F1, and its bootstrap draws.

    Only how many texts there are of each kind matters (label or not, given before, given after),
    so these eight counts are drawn and not the texts.
    """
    kinds = np.bincount(y_true * 4 + before * 2 + after, minlength=8)
    draws = np.random.default_rng(seed).multinomial(kinds.sum(), kinds / kinds.sum(), _N_BOOTSTRAP)
    changes = _change_of_counts(draws)
    return interval_of(float(_change_of_counts(kinds[None])[0]), changes), changes


def interval_of(value: float, draws: npt.NDArray[np.float64]) -> Interval:
    """Return a value with the 95% interval of its draws."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return Interval(float(value), float(low), float(high))


def _change_of_counts(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return F1 after less F1 before, for counts of shape (n_draws, 8)."""
    by_kind = counts.reshape(-1, 2, 2, 2)  # label, before, after
    n_positive = by_kind[:, 1].sum((1, 2))
    given = {"before": by_kind[:, :, 1, :].sum(2), "after": by_kind[:, :, :, 1].sum(2)}
    f1 = {
        name: 2 * some[:, 1] / np.maximum(some.sum(1) + n_positive, 1)
        for name, some in given.items()
    }
    return np.asarray(f1["after"] - f1["before"])


def _share(successes: int, trials: int) -> Interval | None:
    return Interval(successes / trials, *interval(successes, trials)) if trials else None
