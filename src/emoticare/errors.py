"""Every error EmotiCare raises on purpose, with its exit code and its HTTP status.

A message says what was expected, what was found and how to fix it. It never carries a user's text.
"""

from typing import ClassVar


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


class MissingExtraError(EmoticareError):
    """An optional dependency is not installed.

    Args:
        feature: What the user wanted, as the beginning of a sentence.
        extra: The extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed. "
            f"Install them with: pip install 'emoticare[{extra}]'"
        )
        self.extra = extra


class FailedRowsError(EmoticareError):
    """All is written, but some rows could not be scored; the result says which and why."""

    exit_code = 3


class InterruptedRunError(EmoticareError):
    """The user pressed Ctrl-C; what was done so far is kept where the message says."""

    exit_code = 130
