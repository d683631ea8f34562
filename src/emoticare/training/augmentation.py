"""Texts as others might have written them, for a student to learn from beside the originals.

What is done is drawn anew each time that a text comes up. The targets stay, except that an emoji
alone has an emotion of its text, and that an emoji decides what a neutral text expresses. Pairs of
texts, with the emotions of both, are made once: a long text among short ones would make a whole
batch long.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from emoticare.data.emoji import Emoji
from emoticare.data.perturbation import (
    drop_words,
    elongate,
    misspell,
    swap_words,
    unmask_names,
)
from emoticare.stages.probabilities import FloatArray

# How often each is done; else the text stays. Chosen by judgement, not tuned.
_CHANCES: dict[str, float] = {
    "misspell": 0.08,
    "drop_words": 0.06,
    "swap_words": 0.04,
    "elongate": 0.03,
    "add_emoji": 0.08,
    "emoji_alone": 0.03,
}
_REWORDINGS: dict[str, Callable[[str, Random], str]] = {
    "misspell": misspell,
    "drop_words": drop_words,
    "swap_words": swap_words,
    "elongate": elongate,
}
_NAMED = 0.3
_MOST_REPEATS = 3
_JOINED = 0.05
_FEWEST_TO_JOIN = 3
# A label this probable is one of the text's.
_PRESENT = 0.5
NEUTRAL = "neutral"


@dataclass(frozen=True, eq=False)
class Example:
    """A text and what to say of it; see `DistillationDataset`.

    Attributes:
        text: The text.
        labels: From 0 to 1, or nan where unknown, float32 of shape (n_labels,).
        soft: The teachers' probabilities, same shape; nan where they do not know.
    """

    text: str
    labels: FloatArray
    soft: FloatArray


class Augmentation:
    """Rewrites examples at random.

    Args:
        labels: Names of the columns of the targets.
        table: Emoji with their emotions.
    """

    def __init__(self, labels: Sequence[str], table: Iterable[Emoji]) -> None:
        self._emoji: list[list[str]] = [[] for _ in labels]
        for emoji in table:
            for emotion in emoji.emotions:
                if emotion in labels:
                    self._emoji[labels.index(emotion)].append(emoji.text)
        self._neutral = labels.index(NEUTRAL) if NEUTRAL in labels else None

    def apply(self, example: Example, chance: Random) -> Example:
        """Return the example, most often as it is."""
        text = unmask_names(example.text, chance) if chance.random() < _NAMED else example.text
        example = Example(text, example.labels, example.soft)
        kind = self._draw(chance)
        if kind in _REWORDINGS:
            return Example(_REWORDINGS[kind](text, chance), example.labels, example.soft)
        if kind == "add_emoji":
            return self._add_emoji(example, chance)
        if kind == "emoji_alone":
            return self._emoji_alone(example, chance)
        return example

    def join_pairs(self, examples: Sequence[Example], chance: Random) -> list[Example]:
        """Return pairs of the examples as one text each, a twentieth of their number."""
        long_enough = [e for e in examples if len(e.text.split()) >= _FEWEST_TO_JOIN]
        pairs = (chance.sample(long_enough, 2) for _ in range(round(_JOINED * len(long_enough))))
        return [
            self._join(first, second)
            for first, second in pairs
            if np.isnan(first.labels).all() == np.isnan(second.labels).all()
        ]

    @staticmethod
    def _draw(chance: Random) -> str | None:
        place = chance.random()
        for kind, share in _CHANCES.items():
            if place < share:
                return kind
            place -= share
        return None

    def _add_emoji(self, example: Example, chance: Random) -> Example:
        if self._is_neutral(example):
            return self._decide_by_emoji(example, chance)
        drawn = self._draw_emoji(example, chance)
        if drawn is None:
            return example
        _, emoji = drawn
        return Example(f"{example.text} {emoji}", example.labels, example.soft)

    def _is_neutral(self, example: Example) -> bool:
        present = np.flatnonzero(example.labels > _PRESENT)
        return self._neutral is not None and present.tolist() == [self._neutral]

    def _decide_by_emoji(self, example: Example, chance: Random) -> Example:
        any_emotion = np.ones_like(example.labels)
        drawn = self._draw_emoji(Example(example.text, any_emotion, example.soft), chance)
        if drawn is None:
            return example
        label, emoji = drawn
        return _of_one_label(f"{example.text} {emoji}", label, example)

    def _emoji_alone(self, example: Example, chance: Random) -> Example:
        drawn = self._draw_emoji(example, chance)
        if drawn is None:
            return example
        label, emoji = drawn
        return _of_one_label(emoji, label, example)

    def _draw_emoji(self, example: Example, chance: Random) -> tuple[int, str] | None:
        """Draw one of the text's labels and an emoji for it, one to three times."""
        known = [i for i in np.flatnonzero(example.labels > _PRESENT) if self._emoji[i]]
        if not known:
            return None
        label = int(chance.choice(known))
        return label, chance.choice(self._emoji[label]) * chance.randint(1, _MOST_REPEATS)

    def _join(self, example: Example, other: Example) -> Example:
        """Put two texts one after the other: either's emotions, and neutral only if both are."""
        labels = _either(example.labels, other.labels)
        soft = np.maximum(example.soft, other.soft)
        if self._neutral is not None:
            of_both = np.array([example.labels[self._neutral], other.labels[self._neutral]])
            labels[self._neutral] = 1 - _either(*(1 - of_both))
            soft[self._neutral] = np.minimum(example.soft[self._neutral], other.soft[self._neutral])
        return Example(f"{example.text} {other.text}", labels, soft)


def _either(labels: FloatArray, others: FloatArray) -> FloatArray:
    """Return the labels of two texts together: what is sure in either is sure."""
    surest = np.fmax(labels, others)
    either: FloatArray = np.where(surest > _PRESENT, surest, np.maximum(labels, others))
    return either


def _of_one_label(text: str, label: int, example: Example) -> Example:
    """Return a text unknown to teachers, with one label; sizes are those of `example`."""
    labels = np.zeros_like(example.labels)
    labels[label] = 1
    return Example(text, labels, np.full_like(example.soft, np.nan))
