"""Every error EmotiCare raises on purpose, with its exit code and its HTTP status.

A message says what was expected, what was found and how to fix it. It never carries a user's text.
"""

import difflib
from collections.abc import Iterable
from typing import ClassVar, Final

_LONGEST_COMPARED: Final = 64


class EmoticareError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        exit_code: What the command line exits with.
        http_status: What a server answers with.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500


class InputError(EmoticareError):
    """A text, or a list of texts, cannot be scored: a wrong type, for instance."""

    http_status = 422


class UsageError(EmoticareError):
    """An option or an argument has a value that makes no sense."""

    exit_code = 2
    http_status = 400


class ThresholdError(UsageError):
    """A threshold is not a number from 0 to 1, or names an unknown label."""


class PolicyError(UsageError):
    """A moderation policy is missing or malformed; names the line and the reason."""


class ArtifactError(EmoticareError):
    """A model folder is missing, incomplete, altered or foreign."""


class DataError(EmoticareError):
    """A data set is missing, malformed or inconsistent; names the file and the line."""


class TrainingError(EmoticareError):
    """Training cannot start or go on."""


class MissingExtraError(EmoticareError, ImportError):
    """An optional dependency is not installed; an ImportError, too.

    Args:
        feature: What the user wanted, as the beginning of a sentence.
        extra: The extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed. "
            f"Install them with: pip install 'emoticare[{extra}]'"
        )
        self.feature = feature
        self.extra = extra

    def __reduce__(self) -> tuple[type["MissingExtraError"], tuple[str, str]]:
        # By default it would be made again from its message alone.
        return type(self), (self.feature, self.extra)


class FailedRowsError(EmoticareError):
    """All is written, but some rows could not be scored; the result says which and why."""

    exit_code = 3


class InterruptedRunError(EmoticareError):
    """The user pressed Ctrl-C; what was done so far is kept where the message says."""

    exit_code = 130


def number_of(n: int, noun: str) -> str:
    """Return a number of things in words, such as "1 text" or "2,000 texts".

    Args:
        n: The number.
        noun: In the singular; its plural ends in "s".
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def did_you_mean(found: object, known: Iterable[str]) -> str:
    """Return " Did you mean joy?" for the end of a message, or "" where no known name is close.

    Args:
        found: What stood in a name's place; anything.
        known: The names that could have been meant.
    """
    by_lower = {name.lower(): name for name in known}
    # Comparing takes a time that grows with the product of the lengths.
    if not isinstance(found, str) or len(found) > _LONGEST_COMPARED:
        return ""
    close = difflib.get_close_matches(found.lower(), by_lower, n=1)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""
