import pytest

from emoticare.errors import PolicyError
from emoticare.meaning.moderation import Policy
from emoticare.meaning.moderation.standards import (
    OPENAI_CATEGORIES,
    PERSPECTIVE_ATTRIBUTES,
    STANDARD_NAMES,
    own_standards,
)


def policy(*categories: str) -> Policy:
    tables = [
        f'[categories.{name}]\nemotions = ["anger"]\nflag = 0.5\nreason = "why"\n{more}\n'
        for name, _, more in (category.partition(" ") for category in categories)
    ]
    return Policy.parse("schema = 1\nname = 'x'\n" + "".join(tables))


def test_the_names_stand_once():
    assert len(OPENAI_CATEGORIES) == 13
    assert len(set(STANDARD_NAMES)) == len(OPENAI_CATEGORIES) + len(PERSPECTIVE_ATTRIBUTES)


def test_a_category_decides_what_it_lists_and_what_it_is_named():
    read = policy(
        'hostility stands_for = ["perspective.TOXICITY", "openai.harassment"]',
        "violence",
        "INSULT",
    )
    assert read.deciders("openai") == {"harassment": "hostility", "violence": "violence"}
    assert read.deciders("perspective") == {"TOXICITY": "hostility", "INSULT": "INSULT"}
    assert own_standards("hostility") == []


def test_the_default_policy_decides_one_attribute_of_perspective(tiny):
    default = Policy.default(tiny.artifact.config)
    assert default.deciders("perspective") == {"TOXICITY": "hostility"}
    assert default.deciders("openai") == {}


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        (['a stands_for = ["openai.hate", "openai.hat"]'], "did you mean openai.hate?"),
        (['a stands_for = ["TOXICITY"]'], "such as openai.harassment"),
        (['a stands_for = "openai.hate"'], "stands_for as a list of names"),
        (
            ['a stands_for = ["openai.hate"]', 'b stands_for = ["openai.hate"]'],
            "line 12 [categories.b]: expected one category for openai.hate, found a for it as well",
        ),
        (['a stands_for = ["openai.hate"]', "hate"], "expected one category for openai.hate"),
    ],
)
def test_what_makes_no_sense_is_refused(categories, message):
    with pytest.raises(PolicyError) as refused:
        policy(*categories)
    assert message in str(refused.value)
