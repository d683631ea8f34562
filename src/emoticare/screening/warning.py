"""What a prediction may be warned of."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class TextWarning(StrEnum):
    """Why a prediction may mean little.

    Attributes:
        NOT_ENGLISH: The text looks like another language.
        OUT_OF_DOMAIN: It looks like code, a list or random signs rather than something said.
        TOO_SHORT: It has no word of two letters and no emoji.
        TRUNCATED: It went on beyond what the model reads.
    """

    NOT_ENGLISH = "not_english"
    OUT_OF_DOMAIN = "out_of_domain"
    TOO_SHORT = "too_short"
    TRUNCATED = "truncated"


_ABSTAINING: Final = frozenset(
    {TextWarning.NOT_ENGLISH, TextWarning.OUT_OF_DOMAIN, TextWarning.TOO_SHORT}
)


def abstains(warnings: Sequence[str]) -> bool:
    """Whether a classifier that may abstain gives no labels to a text with these warnings."""
    return not _ABSTAINING.isdisjoint(warnings)
