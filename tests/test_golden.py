"""The original's five sentences, scored by the model in the package.

Also run under an emulated older processor (`make older-cpu`): int8 sums must not saturate there.
The tolerance is twice what rounding differs by from one processor to another.
"""

import json
import re
from pathlib import Path

import pytest

import emoticare

GOLDEN = json.loads((Path(__file__).parent / "golden_sentences.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def classifier() -> emoticare.EmotionClassifier:
    return emoticare.load()


def test_these_are_the_scores_of_the_model_in_the_package(
    classifier: emoticare.EmotionClassifier,
) -> None:
    assert GOLDEN["model"] == classifier.artifact.digest


@pytest.mark.parametrize("golden", GOLDEN["sentences"], ids=lambda golden: golden["labels"][0])
def test_golden_sentence(
    classifier: emoticare.EmotionClassifier, golden: dict[str, object]
) -> None:
    prediction = classifier(golden["text"])
    assert prediction.labels == golden["labels"]
    assert prediction.scores == pytest.approx(golden["scores"], abs=0.02)
    assert not prediction.truncated


def test_the_demo_shows_these_sentences() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    demo = makefile.partition("predict --format table")[2].partition("\n\n")[0]
    shown = re.findall(r'"([^"]+)"', demo)
    assert len(shown) >= 5
    assert set(shown) <= {golden["text"] for golden in GOLDEN["sentences"]}
