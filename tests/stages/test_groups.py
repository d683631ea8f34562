import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from emoticare import UsageError
from emoticare.labels import LABELS
from emoticare.stages.groups import GROUPINGS, group_probabilities, is_groupable

PROUD = "I'm so proud of everything we've built together!"
PROBABILITIES = stn.arrays(
    np.float32, st.tuples(st.integers(0, 5), st.just(28)), elements=st.floats(0, 1, width=32)
)


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_emotion_is_in_one_group(grouping):
    members = [label for group in GROUPINGS[grouping].values() for label in group]
    assert sorted(members) == sorted(LABELS)


@pytest.mark.full
@pytest.mark.parametrize("grouping", GROUPINGS)
def test_the_groups_are_those_of_the_data_set(grouping, goemotions_folder):
    content = (goemotions_folder / f"{grouping}_mapping.json").read_text(encoding="utf-8")
    expected = {group: set(members) for group, members in json.loads(content).items()}
    found = {group: set(members) for group, members in GROUPINGS[grouping].items()}
    assert found == {**expected, "neutral": {"neutral"}}


@pytest.mark.parametrize("grouping", GROUPINGS)
@given(probabilities=PROBABILITIES)
def test_a_group_is_at_least_as_likely_as_each_of_its_emotions(grouping, probabilities):
    groups = group_probabilities(probabilities, LABELS, grouping)
    assert groups.dtype == np.float32
    assert groups.shape == (len(probabilities), len(GROUPINGS[grouping]))
    assert np.all((groups >= 0) & (groups <= 1))
    for column, members in enumerate(GROUPINGS[grouping].values()):
        own = probabilities[:, [LABELS.index(label) for label in members]]
        if len(own):
            assert np.all(groups[:, column] >= own.max(axis=1) - 1e-6)
            assert np.all(groups[:, column] <= own.sum(axis=1) + 1e-6)


def test_what_a_group_of_two_gets():
    probabilities = np.zeros((1, 28), np.float32)
    probabilities[0, [LABELS.index("fear"), LABELS.index("nervousness")]] = 0.5, 0.4
    fear = group_probabilities(probabilities, LABELS, "ekman", 0.35)[0, 2]
    assert fear == pytest.approx(0.7 + 0.35 * (0.9 - 0.7))


def test_the_order_of_the_columns_does_not_matter():
    probabilities = np.random.default_rng(0).random((4, 28), np.float32)
    reverse = group_probabilities(probabilities[:, ::-1], LABELS[::-1], "sentiment")
    assert np.array_equal(reverse, group_probabilities(probabilities, LABELS, "sentiment"))


def test_a_prediction_has_the_numbers_of_the_function(embedded):
    groups = embedded(PROUD).groups
    assert {name: tuple(values) for name, values in groups.items()} == {
        name: tuple(grouping) for name, grouping in GROUPINGS.items()
    }
    probabilities = embedded.predict_proba([PROUD, "no"])
    exclusivity = embedded.artifact.config.fitted.exclusivity
    for name, values in groups.items():
        row = group_probabilities(probabilities, LABELS, name, exclusivity)[0]
        assert list(values.values()) == row.tolist()
    assert max(groups["ekman"], key=groups["ekman"].__getitem__) == "joy"
    assert groups["sentiment"]["positive"] > 0.9


def test_what_cannot_be_grouped():
    with pytest.raises(UsageError, match="ekman, sentiment"):
        group_probabilities(np.zeros((1, 28)), LABELS, "secret")
    with pytest.raises(UsageError, match="without neutral"):
        group_probabilities(np.zeros((1, 27)), LABELS[:-1], "ekman")
    assert is_groupable(LABELS)
    assert not is_groupable(("praise", "joy"))
