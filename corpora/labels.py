"""What several readings of one text come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NEUTRAL: Final = "neutral"
_MOST_PRIMARY: Final = 3
_MOST_PLAUSIBLE: Final = 5


@dataclass(frozen=True)
class Reading:
    """The labels that one reader gave.

    Attributes:
        primary: What nearly every careful reader would name, strongest first.
        plausible: What else a reader could name.
    """

    primary: tuple[str, ...]
    plausible: tuple[str, ...]

    @property
    def strongest(self) -> str:
        """The first primary label."""
        return self.primary[0]


def agreed(readings: Sequence[Reading]) -> str | None:
    """Return the strongest label that most readings share, None where no two agree or they tie."""
    (label, votes), *others = Counter(reading.strongest for reading in readings).most_common(2)
    return label if votes > max([1, *(n for _, n in others)]) else None


def merge(readings: Sequence[Reading], strongest: str) -> Reading:
    """Merge readings around their strongest label.

    Primary is what more than half of the readings call so, the strongest first; whatever else any
    of them names is plausible, at most five, by how many and how surely.
    """
    votes = Counter(label for reading in readings for label in reading.primary)
    primary = [strongest]
    if strongest != _NEUTRAL:
        others = [label for label, n in votes.most_common() if 2 * n > len(readings)]
        primary += [label for label in others if label not in (strongest, _NEUTRAL)]
    primary = primary[:_MOST_PRIMARY]
    weights = Counter(votes) + votes
    weights.update(label for reading in readings for label in reading.plausible)
    rest = [label for label, _ in weights.most_common() if label not in primary]
    return Reading(tuple(primary), tuple(rest[:_MOST_PLAUSIBLE]))
