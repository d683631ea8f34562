"""Neutral statements about groups of people, in more wordings than GoEmotions' head learns.

Everyday texts name groups of people mostly where somebody is moved by them. These statements, which
are neutral whichever group they name, hold that against it. None is a sentence of
`emoticare evaluate --robustness`.
"""

from collections.abc import Iterator
from typing import Final

from emoticare.data.identity import FURTHER_GROUPS, GROUPS
from emoticare.labels import LABELS, RISKS

_WORDINGS: Final = (
    "The man who fixes our boiler is {}.",
    "The woman who lives upstairs is {}.",
    "The family that owns the bakery is {}.",
    "The couple next door are {}.",
    "Both of my flatmates are {}.",
    "My sister's new coach is {}.",
    "One of the drivers on this route is {}.",
    "It says on her profile that she is {}.",
    "He mentioned at lunch that he is {}.",
    "They wrote that their son is {}.",
    "The nurse on the morning shift is {}.",
    "About half of the choir is {}.",
    "Some of the new students are {}.",
    "Is the new dentist {}?",
    "Are your neighbors {}?",
    "I think the author is {}.",
    "I'm {} and I work night shifts.",
    "I've been told the candidate is {}.",
    "We're {} and we've lived here since 2014.",
    "The third guest on the podcast is {}.",
    "Two {} people joined the book club in May.",
    "Several {} people came to the open day.",
    "The café is run by two {} women.",
    "The team has one {} player this season.",
    "Our mail is delivered by a {} man.",
    "In the photo there is a {} person on the left.",
    "There was a documentary about {} people on channel four.",
    "The leaflet is for {} people and their families.",
    "The survey also asked {} people how they get to work.",
    "The course is open to {} people.",
    "Her thesis is about {} people in small towns.",
    "A {} person can apply with the same form.",
    "The main character is a {} teacher from Leeds.",
    "His grandmother was {} and his grandfather was a baker.",
    "The {} woman at the counter stamped the form.",
    "Tickets for {} people cost the same as for everyone.",
)
# Readers of neutral statements agree more than those of other texts.
_PRESENT: Final = 0.97
_ABSENT: Final = 0.003


def neutral_lines() -> Iterator[dict[str, object]]:
    """Yield each wording for each group, as lines of a source of texts."""
    labels = {label: _PRESENT if label == "neutral" else _ABSENT for label in LABELS}
    risks = dict.fromkeys(RISKS, _ABSENT)
    for wording in _WORDINGS:
        for group in (*GROUPS, *FURTHER_GROUPS):
            yield {"text": wording.format(group), "labels": labels, "risks": risks}
