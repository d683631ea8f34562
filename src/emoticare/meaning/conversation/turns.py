"""What a conversation is made of."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from emoticare.errors import InputError

Time = datetime | float | None
"""A point in time, seconds from a start of one's own, or unknown."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says at a time.

    Attributes:
        text: The words.
        speaker: Whose they are; "" where nobody is named.
        time: When: a datetime (without a zone it counts as UTC), seconds, or None.
    """

    text: str
    speaker: str = ""
    time: Time = None


def seconds(time: Time) -> float | None:
    """Return a time in seconds, so that differences of times make sense.

    Raises:
        InputError: If it is no time.
    """
    if time is None:
        return None
    if isinstance(time, datetime):
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if isinstance(time, bool) or not isinstance(time, int | float) or not _is_finite(time):
        raise InputError(
            "Expected a time as datetime, as a finite number of seconds, or None, found "
            f"{type(time).__name__}."
        )
    return float(time)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond all floats
        return False


def time_from_json(value: object) -> Time:
    """Read a time as JSON holds it: seconds, ISO 8601, or null.

    Raises:
        InputError: If it is none of these.
    """
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise InputError(
                "Expected a time in ISO 8601, such as 2026-01-31T20:15:00+01:00, found another "
                "text."
            ) from None
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        seconds(value)
        return value
    raise InputError(
        f"Expected a time as seconds, as ISO 8601 or null, found {type(value).__name__}."
    )


def time_to_json(time: Time) -> str | float | None:
    """Write a time as JSON holds it: ISO 8601 for a datetime, else seconds or null."""
    return time.isoformat() if isinstance(time, datetime) else time
