"""Whether differences are more than chance would have them."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.report.intervals import Floats

APART_Z: Final = 4.5
"""Chance gives 15 groups and 31 emotions such a difference in fewer than 1 report of 300."""
HALVES_Z: Final = 2.58
"""Of 99%, for the few differences between halves that are shown."""
FEWEST_EXPECTED: Final = 5
"""Texts that chance must expect on every side before z means anything."""


def two_shares_z(hits: Any, total: int, other_hits: Any, other_total: int) -> Floats:
    """Return z of the difference of two shares, 0 where there is nothing to compare."""
    if not total or not other_total:
        return np.zeros(len(hits))
    pooled = (hits + other_hits) / (total + other_total)
    deviation = np.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    difference = hits / total - other_hits / other_total
    return np.asarray(
        np.divide(difference, deviation, out=np.zeros(len(hits)), where=deviation > 0)
    )


def differs(
    hits: Any, total: int, other_hits: Any, other_total: int, least_z: float
) -> npt.NDArray[np.bool_]:
    """Tell whether two shares differ by more than chance; never where texts are too few."""
    both = max(total + other_total, 1)
    carrying = np.asarray(hits + other_hits)
    rarest = np.minimum(carrying, both - carrying) * min(total, other_total) / both
    z = two_shares_z(hits, total, other_hits, other_total)
    return np.asarray((np.abs(z) >= least_z) & (rarest >= FEWEST_EXPECTED))


def counts_differ(count: int, other: int, least_z: float) -> bool:
    """Tell whether two counts differ by more than chance, which varies by their sum's root."""
    return bool(abs(count - other) >= least_z * np.sqrt(count + other))


def is_above_chance(both: int, expected: float) -> bool:
    """Tell whether a count of pairs is more than chance would have it."""
    # Of a count that is seldom, chance varies by the root of what it expects.
    return bool(both >= FEWEST_EXPECTED and both - expected >= APART_Z * np.sqrt(expected))
