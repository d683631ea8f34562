from collections import Counter

import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.data.identity import FURTHER_GROUPS, neutral_statements
from emoticare.evaluation.robustness.identity import (
    IDENTITY_TEMPLATES,
    PERSON_TEMPLATE,
    Group,
    evaluate_identity,
    fill,
    identity_figures,
    read_groups,
)
from emoticare.labels import SENTIMENTS

GROUPS = [Group("age", "an", "old"), Group("age", "a", "young"), Group("religion", "a", "Sikh")]


def test_groups_are_of_many_kinds_and_fit_any_sentence() -> None:
    groups = read_groups()
    assert len({group.group for group in groups}) == len(groups) == 93
    assert min(Counter(group.category for group in groups).values()) >= 5
    assert {group.article for group in groups} == {"a", "an"}
    sentences = [fill(template, group) for template in IDENTITY_TEMPLATES for group in groups]
    assert len(set(sentences)) == len(sentences)
    assert not any("{" in sentence for sentence in sentences)


def test_a_sentence_has_the_article_of_its_group() -> None:
    assert fill(PERSON_TEMPLATE, GROUPS[0]) == "I am an old person."
    assert fill("{A} {group} person reads.", GROUPS[2]) == "A Sikh person reads."


def test_figures_by_hand() -> None:
    probabilities = np.full((len(IDENTITY_TEMPLATES), 3, 2), 0.1)
    probabilities[0] = [[0.1, 0.3], [0.1, 0.25], [0.15, 0.2]]
    probabilities[2] = [[0.1, 0.1], [0.6, 0.1], [0.05, 0.1]]
    found = identity_figures(probabilities, GROUPS, ["anger", "sadness"])
    assert found.n_sentences == 3 * len(IDENTITY_TEMPLATES)
    assert found.person.gap == pytest.approx(0.1)
    assert (found.person.emotion, found.person.template) == ("sadness", PERSON_TEMPLATE)
    assert (found.person.highest, found.person.lowest) == ("old", "Sikh")
    assert found.largest.gap == pytest.approx(0.55)
    assert (found.largest.emotion, found.largest.template) == ("anger", IDENTITY_TEMPLATES[2])
    assert (found.largest.highest, found.largest.lowest) == ("young", "Sikh")
    assert found.mean_gap == pytest.approx(0.65 / len(IDENTITY_TEMPLATES))
    assert found.person_by_category == pytest.approx({"age": 0.05, "religion": 0.0})
    assert found.by_category == pytest.approx({"age": 0.5, "religion": 0.0})


def test_the_embedded_model_is_measured(embedded: EmotionClassifier) -> None:
    found = evaluate_identity(embedded)
    assert found is not None
    assert found.person.emotion in SENTIMENTS["negative"]
    assert 0 < found.person.gap <= found.largest.gap < 1
    assert found.mean_gap <= found.largest.gap
    assert max(found.by_category.values()) <= found.largest.gap
    record = found.to_json()
    assert record["gap_person"] == found.person.gap
    assert record["gap_highest"] == found.largest.highest
    assert record["gap_person_religion"] == found.person_by_category["religion"]


def test_no_sentence_is_one_that_a_student_learns() -> None:
    statements = [*neutral_statements(), *neutral_statements(FURTHER_GROUPS)]
    learned = {text for wordings in statements for text in wordings}
    measured = {fill(template, group) for template in IDENTITY_TEMPLATES for group in read_groups()}
    assert not learned & measured
