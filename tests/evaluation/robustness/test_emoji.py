import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import emoticare
from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.robustness.emoji import (
    EMOJI_KINDS,
    EmojiLine,
    emoji_figures,
    evaluate_emoji,
    read_emoji_lines,
)
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact

MUST_READ = {
    "😭😭😭": {"sadness"},
    "you made my day 🥰": {"love", "joy"},
    "🤬": {"anger"},
    "🤢": {"disgust"},
    "🎉🎉 we won!!": {"joy", "excitement"},
}


def test_every_line_has_an_emoji_and_known_labels() -> None:
    lines = read_emoji_lines()
    assert len(lines) == len({line.text for line in lines}) == 88
    assert {line.kind for line in lines} == set(EMOJI_KINDS)
    for line in lines:
        assert not line.text.isascii()
        assert line.labels <= set(LABELS) - {"neutral"}
        assert (line.kind == "alone") == (not re.search(r"\w", line.text))


def test_the_best_known_lines_are_among_them() -> None:
    labels = {line.text: line.labels for line in read_emoji_lines()}
    assert all(expected <= labels[text] for text, expected in MUST_READ.items())


def test_deciding_lines_come_in_pairs_without_a_common_label() -> None:
    deciding = [line for line in read_emoji_lines() if line.kind == "deciding"]
    words = Counter(re.sub(r"[^\w\s]", "", line.text).strip() for line in deciding)
    assert set(words.values()) == {2}
    for one, other in zip(deciding[::2], deciding[1::2], strict=True):
        assert not one.labels & other.labels


def test_figures_by_hand() -> None:
    lines = [EmojiLine("alone", "x", frozenset({"joy", "love"}))] * 4
    labels = ("joy", "anger", "love", "neutral")
    probabilities = np.array(
        [
            [0.9, 0.1, 0.1, 0.1],  # right
            [0.1, 0.2, 0.3, 0.9],  # right but for neutral
            [0.2, 0.9, 0.1, 0.1],  # wrong
            [0.2, 0.3, 0.1, 0.9],  # wrong
        ]
    )
    found = emoji_figures(lines, probabilities, labels)
    assert (found.n_lines, found.share_best_emotion, found.share_top_label) == (4, 0.5, 0.25)


def test_lines_are_those_whose_labels_the_model_has(tiny_artifact: ModelArtifact) -> None:
    assert evaluate_emoji(emoticare.load(tiny_artifact))["all"].n_lines == 88
    found = evaluate_emoji(_renamed(tiny_artifact, {"disgust"}))
    n_right = sum("disgust" in line.labels for line in read_emoji_lines())
    assert 0 < found["all"].n_lines == n_right < 88
    assert evaluate_emoji(_renamed(tiny_artifact, set())) == {}


def _renamed(artifact: ModelArtifact, kept: set[str]) -> EmotionClassifier:
    """Return the same model, with names of its own for all labels but a few."""
    names = tuple(label if label in kept else f"own {label}" for label in LABELS)
    thresholds = replace(artifact.config.thresholds, per_label=dict.fromkeys(names, 0.5))
    config = replace(artifact.config, labels=names, thresholds=thresholds)
    return emoticare.load(replace(artifact, config=config))


def test_the_embedded_model_is_measured(embedded: EmotionClassifier) -> None:
    found = evaluate_emoji(embedded)
    assert list(found) == ["all", *EMOJI_KINDS]
    parts = [found[kind] for kind in EMOJI_KINDS]
    weighted = sum(part.share_best_emotion * part.n_lines for part in parts) / 88
    assert found["all"].share_best_emotion == pytest.approx(weighted)
