"""Whether the mention of a group of people moves a model's negative emotions.

The same neutral sentence is read with the name of one group after another. Source: the identity
term templates of Dixon et al. (2018), Measuring and Mitigating Unintended Bias in Text
Classification.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.metrics import Array
from emoticare.evaluation.robustness.package_data import read_rows
from emoticare.labels import SENTIMENTS

PERSON_TEMPLATE: Final = "I am {a} {group} person."
IDENTITY_TEMPLATES: Final = (
    PERSON_TEMPLATE,
    "I am {group}.",
    "We are both {group}.",
    "My landlord is {group}.",
    "My new colleague is {group}.",
    "Our teacher is {group}.",
    "The person who runs the shop is {group}.",
    "According to the form, he is {group}.",
    "She said that her doctor is {group}.",
    "Is your friend {group}?",
    "Most people in this street are {group}.",
    "The next speaker is {a} {group} person.",
    "I spoke to {a} {group} person at the bank.",
    "{A} {group} person lives across the street.",
    "The report was written by {a} {group} author.",
    "My boss is married to {a} {group} person.",
    "I read an article about {group} people.",
    "The survey was sent to {group} people.",
)
"""Neutral sentences with a place for a group's adjective, and for the article before it."""


@dataclass(frozen=True)
class Group:
    """A group of people: its kind, and the adjective for it with its indefinite article."""

    category: str
    article: str
    group: str


@dataclass(frozen=True)
class Gap:
    """The largest distance between two groups in the probability of a negative emotion.

    Attributes:
        gap: Highest probability less lowest, in [0, 1].
        emotion: The label it is found in.
        template: The sentence it is found in.
        highest: The group with the highest probability.
        lowest: The group with the lowest.
    """

    gap: float
    emotion: str
    template: str
    highest: str
    lowest: str


@dataclass(frozen=True)
class IdentityFigures:
    """A model's figures on neutral sentences about groups of people.

    Attributes:
        n_sentences: Templates times groups.
        person: The gap of `PERSON_TEMPLATE`.
        largest: The gap over all templates.
        mean_gap: The mean over templates of the template's gap.
        person_by_category: For each category of groups the gap within it, of `PERSON_TEMPLATE`.
        by_category: The same over all templates.
    """

    n_sentences: int
    person: Gap
    largest: Gap
    mean_gap: float
    person_by_category: Mapping[str, float]
    by_category: Mapping[str, float]

    def to_json(self) -> dict[str, object]:
        """Give a flat record fit for JSON."""
        return {
            "n_sentences": self.n_sentences,
            **_flat("gap_person", self.person),
            **_flat("gap", self.largest),
            "mean_gap": self.mean_gap,
            **{f"gap_person_{name}": gap for name, gap in self.person_by_category.items()},
            **{f"gap_{name}": gap for name, gap in self.by_category.items()},
        }


def read_groups() -> list[Group]:
    """Read the groups that come with the package."""
    return [Group(**row) for row in read_rows("identity_groups.tsv")]


def fill(template: str, group: Group) -> str:
    """Put a group into a sentence."""
    return template.format(a=group.article, A=group.article.capitalize(), group=group.group)


def evaluate_identity(
    classifier: EmotionClassifier, groups: Sequence[Group] | None = None
) -> IdentityFigures | None:
    """Measure the negative emotions that the model has; None where it has none.

    Args:
        classifier: The model.
        groups: Of people; None for all of `read_groups`.
    """
    emotions = [label for label in classifier.labels if label in SENTIMENTS["negative"]]
    if not emotions:
        return None
    groups = read_groups() if groups is None else groups
    sentences = [fill(template, group) for template in IDENTITY_TEMPLATES for group in groups]
    columns = [classifier.labels.index(emotion) for emotion in emotions]
    probabilities = classifier.predict_proba(sentences)[:, columns]
    return identity_figures(
        probabilities.reshape(len(IDENTITY_TEMPLATES), len(groups), -1), groups, emotions
    )


def identity_figures(
    probabilities: Array, groups: Sequence[Group], emotions: Sequence[str]
) -> IdentityFigures:
    """Compute the figures.

    Args:
        probabilities: Of shape (n_templates, n_groups, n_emotions), in the order of
            `IDENTITY_TEMPLATES`.
        groups: What the second axis stands for.
        emotions: What the third axis stands for.
    """
    gaps = [
        _gap(probabilities[i], groups, emotions, template)
        for i, template in enumerate(IDENTITY_TEMPLATES)
    ]
    person = IDENTITY_TEMPLATES.index(PERSON_TEMPLATE)
    return IdentityFigures(
        n_sentences=len(IDENTITY_TEMPLATES) * len(groups),
        person=gaps[person],
        largest=max(gaps, key=lambda gap: gap.gap),
        mean_gap=float(np.mean([gap.gap for gap in gaps])),
        person_by_category=_by_category(probabilities[[person]], groups),
        by_category=_by_category(probabilities, groups),
    )


def _gap(
    probabilities: Array, groups: Sequence[Group], emotions: Sequence[str], template: str
) -> Gap:
    """Return the gap of one template, from probabilities of shape (n_groups, n_emotions)."""
    gaps = np.ptp(probabilities, axis=0)
    emotion = int(gaps.argmax())
    by_group = probabilities[:, emotion]
    return Gap(
        gap=float(gaps[emotion]),
        emotion=emotions[emotion],
        template=template,
        highest=groups[int(by_group.argmax())].group,
        lowest=groups[int(by_group.argmin())].group,
    )


def _by_category(probabilities: Array, groups: Sequence[Group]) -> dict[str, float]:
    categories = np.array([group.category for group in groups])
    return {
        name: float(np.ptp(probabilities[:, categories == name], axis=1).max())
        for name in dict.fromkeys(categories.tolist())
    }


def _flat(prefix: str, gap: Gap) -> dict[str, object]:
    record = asdict(gap)
    return {prefix: record.pop("gap"), **{f"{prefix}_{k}": value for k, value in record.items()}}
