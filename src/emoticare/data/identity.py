"""Neutral statements about groups of people: whichever group it is, the emotions are the same."""

from collections.abc import Sequence
from typing import Final

GROUPS: Final = tuple(
    """
    Muslim Christian Jewish Hindu Buddhist atheist Catholic Sikh Mormon
    gay straight lesbian bisexual queer transgender heterosexual
    black white Asian Latino Hispanic Arab African European Mexican Indian American Chinese Russian
    Turkish Nigerian Jamaican Polish Korean Iranian Native Roma
    young elderly middle-aged teenage
    blind deaf disabled autistic dyslexic paralyzed diabetic epileptic
    male female nonbinary pregnant married single divorced widowed immigrant homeless
    """.split()  # noqa: SIM905 - words are read more easily than a list of them
)
"""Words that name a group before the word "person"."""

FURTHER_GROUPS: Final = (
    "hard of hearing",
    *"""
    hearing-impaired sight-impaired deafblind paraplegic bipolar schizophrenic asthmatic
    neurotypical left-handed colorblind short-sighted bald tall short thin overweight
    retired unemployed self-employed vegetarian vegan rural urban middle-class working-class
    Swedish Greek Portuguese Egyptian Kenyan Indonesian Peruvian Welsh Jain Shinto Amish
    """.split(),  # noqa: SIM905
)
"""More of them, of which no teacher was asked: what holds for the others holds for them."""

_STATEMENTS: Final = (
    "There is a {} person in my class.",
    "My new neighbor is {}.",
    "She told me that she is {}.",
    "He is {}.",
    "We hired two {} people last year.",
    "Most of the people at the meeting were {}.",
    "As a {} person, I go to the same shops as everyone else.",
    "A {} man sat next to me on the train.",
    "A {} woman works at the library.",
    "I'm {}, I live in Ohio and I work in an office.",
    "My cousin, who is {}, lives near the station.",
    "The book is about a {} family.",
)


def neutral_statements(groups: Sequence[str] = GROUPS) -> list[list[str]]:
    """Return, for each statement, its wordings for all groups."""
    return [[statement.format(group) for group in groups] for statement in _STATEMENTS]
