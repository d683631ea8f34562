import json
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.evaluation.robustness.perturbed import (
    NEUTRAL_SENTENCES,
    PERTURBATIONS,
    append_neutral_text,
    compare_probabilities,
    evaluate_perturbed,
)
from emoticare.labels import LABELS


def test_cases_change_letters_only_and_spare_the_marks_of_the_data() -> None:
    text = "[NAME] doesn't LIKE my [RELIGION] dog 😀"
    changed = {name: PERTURBATIONS[f"{name}_case"](text, Random(0)) for name in ("upper", "lower")}
    assert changed["upper"] == "[NAME] DOESN'T LIKE MY [RELIGION] DOG 😀"
    assert changed["lower"] == "[NAME] doesn't like my [RELIGION] dog 😀"
    title = PERTURBATIONS["title_case"](text, Random(0))
    assert title == "[NAME] Doesn't Like My [RELIGION] Dog 😀"


@pytest.mark.parametrize(
    ("text", "begins"), [("so happy", "so happy. "), ("so happy!", "so happy! "), ("", " ")]
)
def test_neutral_text_is_a_sentence_of_its_own(text: str, begins: str) -> None:
    changed = append_neutral_text(text, Random(0))
    assert changed.startswith(begins)
    assert changed.removeprefix(begins) in NEUTRAL_SENTENCES


@given(text=st.text(), seed=st.integers(0, 9))
def test_any_text_is_perturbed_the_same_way_twice(text: str, seed: int) -> None:
    for perturb in PERTURBATIONS.values():
        assert perturb(text, Random(seed)) == perturb(text, Random(seed))


def test_figures_by_hand() -> None:
    y_true = np.array([[1, 0], [0, 1], [1, 0], [0, 1]])
    before = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.1], [0.1, 0.6]])
    after = np.array([[0.9, 0.1], [0.2, 0.6], [0.3, 0.1], [0.1, 0.6]])
    found = compare_probabilities(y_true, before, after, np.array([0.5, 0.5]))
    assert found.n_texts == 4
    assert found.before == dict.fromkeys(("macro_f1", "micro_f1", "mean_average_precision"), 1.0)
    assert found.after["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)
    assert found.after["micro_f1"] == pytest.approx(6 / 7)
    assert found.after["mean_average_precision"] == 1.0
    assert found.mean_change == pytest.approx((0 + 0.2 + 0.4 + 0) / 4)
    assert found.change_p99 == pytest.approx(0.2 + 0.2 * (0.97))
    assert found.share_labels_changed == 0.25


def test_only_texts_that_change_are_measured(tiny: EmotionClassifier) -> None:
    texts = ["so happy", "[NAME] is great", "sad about the rain", "WHY"]
    multi_hot = np.zeros((4, len(LABELS)), np.bool_)
    multi_hot[np.arange(4), [17, 0, 25, 6]] = True
    split = Split("test", texts, multi_hot, list("abcd"))
    counts: list[int] = []
    found = evaluate_perturbed(tiny, split, on_progress=counts.append)
    assert sum(counts) == len(texts) * (1 + len(PERTURBATIONS))
    n_texts = {name: figures.n_texts for name, figures in found.items()}
    assert n_texts == {
        "typos": 2,
        "upper_case": 3,
        "lower_case": 1,
        "title_case": 4,
        "neutral_text": 4,
        "names": 1,
    }
    # The tokenizer puts every letter into lower case, but a batch of other texts rounds otherwise.
    assert max(found[f"{case}_case"].change_p99 for case in ("upper", "lower", "title")) < 1e-5
    assert found["neutral_text"].mean_change > 0.01
    assert found == evaluate_perturbed(tiny, split)
    json.dumps([figures.to_json() for figures in found.values()])


def test_a_perturbation_that_changes_nothing_is_left_out(tiny: EmotionClassifier) -> None:
    split = Split("test", ["42"], np.ones((1, len(LABELS)), np.bool_), ["a"])
    assert list(evaluate_perturbed(tiny, split)) == ["neutral_text"]
