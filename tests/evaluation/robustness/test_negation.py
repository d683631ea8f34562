import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.robustness.negation import (
    evaluate_negation,
    negation_figures,
    read_negation_pairs,
)
from emoticare.labels import LABELS


def test_every_pair_is_of_two_sentences_and_a_known_emotion() -> None:
    pairs = read_negation_pairs()
    assert len(pairs) == 67
    for pair in pairs:
        assert pair.emotion in set(LABELS) - {"neutral"}
        assert pair.affirmed != pair.negated
        assert pair.affirmed.endswith(".")
        assert pair.negated.endswith(".")


def test_figures_by_hand() -> None:
    affirmed = np.array([0.8, 0.8, 0.5, 0.0], np.float32)
    found = negation_figures(affirmed, np.array([0.2, 0.6, 0.25, 0.0], np.float32))
    assert found.n_pairs == 4
    assert found.share_halved == 0.75
    assert found.mean_ratio == pytest.approx((0.25 + 0.75 + 0.5 + 0) / 4)


def test_the_embedded_model_understands_plain_negation(embedded: EmotionClassifier) -> None:
    found = evaluate_negation(embedded)
    assert list(found) == ["all", "positive", "negative", "ambiguous"]
    assert found["all"].n_pairs == sum(part.n_pairs for part in found.values()) / 2
    assert found["positive"].share_halved > 0.8
    assert found["positive"].mean_ratio < 0.3
