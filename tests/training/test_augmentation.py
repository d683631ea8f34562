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


def rewritten(first: Example, second: Example, n: int = 600) -> list[Example]:
    return [AUGMENTATION.apply(first, second, Random(seed)) for seed in range(n)]


def test_most_texts_stay_as_they_are() -> None:
    found = rewritten(HAPPY, PLAIN)
    assert 0.5 < sum(new.text == HAPPY.text for new in found) / len(found) < 0.8


def test_joined_texts_have_both_emotions_and_are_neutral_only_together() -> None:
    joined = [new for new in rewritten(HAPPY, PLAIN) if new.text.endswith(PLAIN.text)]
    assert joined
    for new in joined:
        assert new.text == f"{HAPPY.text} {PLAIN.text}"
        assert new.labels.tolist() == HAPPY.labels.tolist()
        assert new.soft[JOY] == np.float32(0.8)
        assert new.soft[NEUTRAL] == np.float32(0.1)
    both = next(new for new in rewritten(PLAIN, PLAIN) if len(new.text) > 2 * len(PLAIN.text))
    assert both.labels.tolist() == PLAIN.labels.tolist()
    assert HAPPY.labels.sum() == PLAIN.labels.sum() == 1


def test_an_emoji_alone_stands_for_an_emotion_of_the_text() -> None:
    alone = [new for new in rewritten(HAPPY, PLAIN) if np.isnan(new.soft).all()]
    assert alone
    for new in alone:
        assert new.labels.tolist() == HAPPY.labels.tolist()
        emoji = next(text for text in EMOJI if new.text in {text * n for n in (1, 2, 3)})
        assert "joy" in EMOJI[emoji]


@given(seed=st.integers(0, 10**6))
def test_texts_without_labels_keep_their_targets(seed: int) -> None:
    unknown = Example("some [NAME] said this", np.full(28, np.nan, np.float32), HAPPY.soft)
    new = AUGMENTATION.apply(unknown, PLAIN, Random(seed))
    assert np.isnan(new.labels).all()
    assert new.soft is HAPPY.soft


def test_labels_of_another_task_have_no_emoji() -> None:
    other = Augmentation(["billing", "account"], read_emoji())
    ticket = Example("my card was charged", np.array([1, 0], np.float32), np.zeros(2, np.float32))
    for seed in range(300):
        new = other.apply(ticket, ticket, Random(seed))
        assert new.text.isascii()
        assert not np.isnan(new.soft).any()
