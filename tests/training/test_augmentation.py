from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emoticare.data.emoji import read_emoji
from emoticare.labels import LABELS
from emoticare.training.augmentation import Augmentation, Example

JOY, SADNESS, NEUTRAL = map(LABELS.index, ["joy", "sadness", "neutral"])
EMOJI = {emoji.text: emoji.emotions for emoji in read_emoji()}
AUGMENTATION = Augmentation(LABELS, read_emoji())


def example(text: str, *labels: int) -> Example:
    targets = np.zeros(len(LABELS), np.float32)
    targets[list(labels)] = 1
    return Example(text, targets, np.where(targets == 1, 0.8, 0.1).astype(np.float32))


HAPPY = example("what a lovely day", JOY)
PLAIN = example("the bus leaves at nine", NEUTRAL)


def rewritten(original: Example) -> list[Example]:
    return [AUGMENTATION.apply(original, Random(seed)) for seed in range(600)]


def test_most_texts_stay_as_they_are() -> None:
    found = rewritten(HAPPY)
    assert 0.5 < sum(new.text == HAPPY.text for new in found) / len(found) < 0.8


def test_pairs_have_both_emotions_and_are_neutral_only_together() -> None:
    pairs = AUGMENTATION.join_pairs([HAPPY, PLAIN] * 40 + [example("hm", SADNESS)] * 9, Random(1))
    assert len(pairs) == 4
    for pair in AUGMENTATION.join_pairs([HAPPY, PLAIN] * 400, Random(1)):
        assert pair.text in {f"{a.text} {b.text}" for a in (HAPPY, PLAIN) for b in (HAPPY, PLAIN)}
        is_happy = HAPPY.text in pair.text
        assert pair.labels[JOY] == is_happy
        assert pair.labels[NEUTRAL] == (not is_happy)
        assert pair.soft[JOY] == np.float32(0.8 if is_happy else 0.1)
        assert pair.soft[NEUTRAL] == np.float32(0.1 if is_happy else 0.8)
    assert HAPPY.labels.sum() == PLAIN.labels.sum() == 1


def test_a_text_with_labels_is_not_joined_with_one_without() -> None:
    unknown = Example("nobody knows what", np.full(28, np.nan, np.float32), HAPPY.soft)
    for pair in AUGMENTATION.join_pairs([HAPPY, unknown] * 100, Random(1)):
        assert np.isnan(pair.labels).all() == (HAPPY.text not in pair.text)


def test_what_is_unknown_of_one_text_is_unknown_of_a_pair_unless_the_other_is_sure() -> None:
    doubtful = example("who would have thought so", JOY)
    doubtful.labels[[NEUTRAL, SADNESS]] = np.nan
    for pair in AUGMENTATION.join_pairs([doubtful, PLAIN] * 300, Random(1)):
        assert np.isnan(pair.labels[SADNESS]) == (doubtful.text in pair.text)
        assert np.isnan(pair.labels[NEUTRAL]) == (doubtful.text in pair.text)
    sad = example("my dog died last night", SADNESS)
    for pair in AUGMENTATION.join_pairs([doubtful, sad] * 300, Random(1)):
        if sad.text in pair.text:
            assert pair.labels[SADNESS] == 1
            assert pair.labels[NEUTRAL] == 0


def test_a_text_that_is_only_probably_neutral_takes_the_emotion_of_its_emoji() -> None:
    neutral = example("the bus leaves at nine")
    neutral.labels[:] = 0.01
    neutral.labels[NEUTRAL] = 0.95
    decided = [new for new in rewritten(neutral) if np.isnan(new.soft).all()]
    assert any(new.labels[NEUTRAL] == 0 for new in decided)


def test_an_emoji_alone_stands_for_an_emotion_of_the_text() -> None:
    alone = [new for new in rewritten(HAPPY) if np.isnan(new.soft).all()]
    assert alone
    for new in alone:
        assert new.labels.tolist() == HAPPY.labels.tolist()
        emoji = next(text for text in EMOJI if new.text in {text * n for n in (1, 2, 3)})
        assert "joy" in EMOJI[emoji]


@given(seed=st.integers(0, 10**6))
def test_texts_without_labels_keep_their_targets(seed: int) -> None:
    unknown = Example("some [NAME] said this", np.full(28, np.nan, np.float32), HAPPY.soft)
    new = AUGMENTATION.apply(unknown, Random(seed))
    assert np.isnan(new.labels).all()
    assert new.soft is HAPPY.soft


def test_labels_of_another_task_have_no_emoji() -> None:
    other = Augmentation(["billing", "account"], read_emoji())
    ticket = Example("my card was charged", np.array([1, 0], np.float32), np.zeros(2, np.float32))
    for seed in range(300):
        new = other.apply(ticket, Random(seed))
        assert new.text.isascii()
        assert not np.isnan(new.soft).any()
