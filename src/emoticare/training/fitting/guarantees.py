"""Thresholds that keep a promise on texts not seen yet: a precision, or a recall.

The threshold at which a label is right nine times in ten on the texts at hand is, on others, right
less often: it was chosen for being lucky. Here a threshold counts only if the promise would hold
with 95% confidence, all thresholds that were tried allowed for.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
"""How sure a promise is, for each label by itself."""

# Counts of best texts from which a precision is tried; they share the risk of a false promise.
_N_STARTS: Final = 4
_STEP: Final = 1.03
_BISECTION_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What can be promised of a label.

    Attributes:
        threshold: The lowest (for a precision) or highest (for a recall) that keeps the promise;
            None where none does.
        bound: What can be promised at the threshold, or at best where there is none: the lower
            confidence bound of the precision or recall.
    """

    threshold: float | None
    bound: float


def lower_bound(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided Clopper-Pearson bound of a share; 0 without trials.

    Source: Clopper & Pearson (1934), "The use of confidence or fiducial limits illustrated in the
        case of the binomial".
    """
    low, high = 0.0, successes / trials if trials else 0.0
    for _ in range(_BISECTION_STEPS if successes else 0):
        middle = (low + high) / 2
        is_unlikely = _upper_tail(successes, trials, middle) < 1 - confidence
        low, high = (middle, high) if is_unlikely else (low, middle)
    return low if successes else 0.0


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval of a share; 0 to 1 without trials."""
    one_sided = (1 + CONFIDENCE) / 2
    if not trials:
        return 0.0, 1.0
    return (
        lower_bound(successes, trials, one_sided),
        1 - lower_bound(trials - successes, trials, one_sided),
    )


def positives_needed(kind: str, target: float) -> int:
    """Return the fewest positives with which a promise can be kept, if none of them is missed.

    Args:
        kind: "precision" or "recall".
        target: Above 0 and below 1.
    """
    risk = (1 - CONFIDENCE) / (_N_STARTS if kind == "precision" else 1)
    return math.ceil(math.log(risk) / math.log(target))


def guarantee_precision(scores: Floats, y_true: npt.NDArray[np.bool_], target: float) -> Guarantee:
    """Find the lowest threshold whose precision is at least the target, with confidence.

    The precision of the best texts is tested from a few counts on, each time with more texts as
    long as the test is passed. The counts follow from the scores alone and the starts share the
    risk, so that taking the longest run is fair.

    Args:
        scores: Of one label, shape (n_texts,).
        y_true: Which texts carry the label, same shape.
        target: The precision.

    Source: Angelopoulos et al. (2021), "Learn then test: calibrating predictive algorithms to
        achieve risk control", section 4, fixed sequence testing with several starts.
    """
    order = np.argsort(-scores, kind="stable")
    falling, hits = scores[order], np.cumsum(y_true[order])
    fewest = positives_needed("precision", target)
    most = min(len(scores), 2 * int(y_true.sum()))
    confidence = 1 - (1 - CONFIDENCE) / _N_STARTS
    found, best = None, 0.0
    for start in np.geomspace(fewest, max(fewest, most / 2), _N_STARTS).astype(int):
        count = int(start)
        while count <= most:
            # Equal scores are decided alike.
            count = int(np.searchsorted(-falling, -falling[count - 1], side="right"))
            bound = lower_bound(int(hits[count - 1]), count, confidence)
            best = max(best, bound)
            if bound < target:
                break
            if found is None or count > found[0]:
                found = count, Guarantee(_between(falling, count), bound)
            count = max(count + 1, int(count * _STEP))
    return found[1] if found else Guarantee(None, best)


def guarantee_recall(scores: Floats, y_true: npt.NDArray[np.bool_], target: float) -> Guarantee:
    """Find the highest threshold whose recall is at least the target, with confidence.

    The positives are a sample of all positives, so how many of them may be missed follows from
    their number alone, and nothing was chosen by luck. There is no promise where a label found that
    way is no more often right than its share of the texts.

    Args:
        scores: Of one label, shape (n_texts,).
        y_true: Which texts carry the label, same shape.
        target: The recall.

    Source: Wilks (1941), "Determination of sample sizes for setting tolerance limits".
    """
    rising = np.sort(scores[y_true])
    n_positive = len(rising)
    # The bound falls with every positive that is missed.
    missed, too_many = -1, n_positive
    while too_many - missed > 1:
        middle = (missed + too_many) // 2
        is_kept = lower_bound(n_positive - middle, n_positive) >= target
        missed, too_many = (middle, too_many) if is_kept else (missed, middle)
    if missed < 0:
        return Guarantee(None, lower_bound(n_positive, n_positive))
    below = scores[scores < rising[missed]]
    threshold = float((rising[missed] + below.max()) / 2) if len(below) else 0.0
    bound = lower_bound(int((rising >= threshold).sum()), n_positive)
    chosen = scores >= threshold
    is_useful = lower_bound(int(y_true[chosen].sum()), int(chosen.sum())) > y_true.mean()
    return Guarantee(threshold if is_useful else None, bound)


def _between(falling: Floats, chosen: int) -> float:
    if chosen >= len(falling):
        return float(falling[-1])
    return float((falling[chosen - 1] + falling[chosen]) / 2)


def _upper_tail(successes: int, trials: int, share: float) -> float:
    """Return the chance of so many successes or more."""
    if share <= 0:
        return 0.0
    log_factorials = _log_factorials(trials)
    k = np.arange(successes, trials + 1)
    log_chances = (
        log_factorials[trials]
        - log_factorials[k]
        - log_factorials[trials - k]
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
        if share < 1
        else np.where(k == trials, 0.0, -np.inf)
    )
    return float(np.exp(log_chances).sum())


@lru_cache(maxsize=64)
def _log_factorials(most: int) -> Floats:
    logs = np.log(np.maximum(np.arange(most + 1), 1))
    return np.asarray(np.cumsum(logs))
