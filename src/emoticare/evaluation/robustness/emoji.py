"""Whether a model reads emoji, on short lines where an emoji carries the emotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.metrics import Array
from emoticare.evaluation.robustness.package_data import read_rows

EMOJI_KINDS: Final = ("alone", "with_text", "deciding")
"""Emoji without words; after words; after words that mean one thing or another by the emoji."""

_NEUTRAL: Final = "neutral"


@dataclass(frozen=True)
class EmojiLine:
    """A line with an emoji: its kind, one of `EMOJI_KINDS`, and the labels that would be right."""

    kind: str
    text: str
    labels: frozenset[str]


@dataclass(frozen=True)
class EmojiFigures:
    """A model's figures on lines with emoji.

    Attributes:
        n_lines: Lines measured on.
        share_best_emotion: Share of lines whose most probable label other than neutral is right.
        share_top_label: Share of lines whose most probable label is right.
    """

    n_lines: int
    share_best_emotion: float
    share_top_label: float


def read_emoji_lines() -> list[EmojiLine]:
    """Read the lines that come with the package."""
    return [
        EmojiLine(row["kind"], row["text"], frozenset(row["labels"].split("|")))
        for row in read_rows("emoji_lines.tsv")
    ]


def evaluate_emoji(classifier: EmotionClassifier) -> dict[str, EmojiFigures]:
    """Measure the lines whose right labels the model has, at least one of them.

    Returns:
        Figures of `all` and of each of `EMOJI_KINDS`; without kinds that have no such line.
    """
    lines = [line for line in read_emoji_lines() if line.labels & set(classifier.labels)]
    by_kind = {"all": lines}
    by_kind |= {kind: [line for line in lines if line.kind == kind] for kind in EMOJI_KINDS}
    return {
        kind: emoji_figures(
            members,
            classifier.predict_proba([line.text for line in members]),
            classifier.labels,
        )
        for kind, members in by_kind.items()
        if members
    }


def emoji_figures(
    lines: Sequence[EmojiLine], probabilities: Array, labels: Sequence[str]
) -> EmojiFigures:
    """Compute the figures of lines, at least one, from probabilities (n_lines, n_labels)."""
    is_emotion = np.array([label != _NEUTRAL for label in labels])
    best_emotions = np.where(is_emotion, probabilities, -1.0).argmax(axis=1)
    return EmojiFigures(
        n_lines=len(lines),
        share_best_emotion=_share_right(lines, best_emotions, labels),
        share_top_label=_share_right(lines, probabilities.argmax(axis=1), labels),
    )


def _share_right(lines: Sequence[EmojiLine], columns: Array, labels: Sequence[str]) -> float:
    right = [labels[i] in line.labels for i, line in zip(columns, lines, strict=True)]
    return sum(right) / len(right)
