"""Code written for the original EmotiCare runs on an export, with transformers 5 and with 4."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.evaluation.contender import load_contender
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.text import Reply
from emoticare.stages.tokens import TextTokenizer

SNIPPETS = Path(__file__).parents[1] / "snippets" / "original_snippets.py"
PAIRS = SNIPPETS.parent / "pairs.py"
INTERPRETERS = ["this one", "transformers 4"]
# Against the same float weights; what 8 bits change, test_agreement.py tells.
TOLERANCE = 0.001


def interpreter(name: str) -> str:
    if name == "this one":
        pytest.importorskip("transformers")
        return sys.executable
    found = os.environ.get("EMOTICARE_TRANSFORMERS4_PYTHON")
    if not found:
        pytest.skip(
            "set EMOTICARE_TRANSFORMERS4_PYTHON to a Python with transformers 4 and torch to run "
            "the snippets there"
        )
    return found


def run(name: str, script: Path, folder: Path, stdin: str = "") -> dict[str, Any]:
    # On its own, so that neither this process's packages nor its settings play a part.
    command = [interpreter(name), "-I", str(script), str(folder)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        command, env=environment, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    major = found["transformers"].split(".")[0]
    assert name == "this one" or major == "4"
    return found


@pytest.fixture(scope="module", params=INTERPRETERS)
def results(request: pytest.FixtureRequest, hf_folder: Path) -> dict[str, Any]:
    return run(request.param, SNIPPETS, hf_folder)


@pytest.fixture(scope="module")
def snippet_texts() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(SNIPPETS.read_text(encoding="utf-8"), SNIPPETS, "exec"), names)
    return names


@pytest.fixture(scope="module")
def classifier(hf_folder: Path) -> EmotionClassifier:
    return load_contender(str(hf_folder)).classifier


def test_nothing_is_missing_or_left_over(results: dict[str, Any]) -> None:
    assert not any(results["loading"].values()), results["loading"]
    assert results["dtype"] == "torch.float32"


def test_the_tokenizers(
    results: dict[str, Any], snippet_texts: dict[str, Any], embedded_artifact: ModelArtifact
) -> None:
    max_length = embedded_artifact.config.max_length
    tokenized = TextTokenizer(embedded_artifact.tokenizer_json, max_length).encode(
        snippet_texts["TEXTS"]
    )
    expected = [text.input_ids for text in tokenized]
    assert results["input_ids"] == [expected, expected]
    assert results["max_length"] == [max_length, max_length]


def test_the_pipeline(
    results: dict[str, Any], snippet_texts: dict[str, Any], classifier: EmotionClassifier
) -> None:
    scores = classifier(snippet_texts["TEXT"]).scores
    assert results["pipeline"]
    for label, score in results["pipeline"].items():
        assert score > 0.3
        assert score == pytest.approx(scores[label], abs=TOLERANCE)
    clear = {label for label, score in scores.items() if score > 0.3 + TOLERANCE}
    assert clear <= results["pipeline"].keys()


def test_the_model(
    results: dict[str, Any], snippet_texts: dict[str, Any], classifier: EmotionClassifier
) -> None:
    scores = classifier(snippet_texts["TEXT"]).scores
    assert list(results["model"]) == list(classifier.labels)
    assert results["model"] == pytest.approx(scores, abs=TOLERANCE)


def test_a_batch(
    results: dict[str, Any], snippet_texts: dict[str, Any], classifier: EmotionClassifier
) -> None:
    texts = snippet_texts["TEXTS"]
    assert len(results["batch"]) == len(texts)
    for found, prediction in zip(results["batch"], classifier.predict(texts), strict=True):
        labels = {} if found == snippet_texts["NOTHING"] else found
        for label, score in labels.items():
            assert score == pytest.approx(prediction.scores[label], abs=TOLERANCE)
        clear = {x for x, score in prediction.scores.items() if score > 0.3 + TOLERANCE}
        assert clear <= labels.keys()


@pytest.mark.parametrize("name", INTERPRETERS)
def test_replies_with_what_was_said_before_them(
    name: str, hf_folder: Path, classifier: EmotionClassifier, pairs: list[tuple[str, str]]
) -> None:
    found = run(name, PAIRS, hf_folder, json.dumps(pairs))
    tokenized = classifier.tokenize([Reply(reply, said) for said, reply in pairs])
    assert found["input_ids"] == [[text.input_ids for text in tokenized]] * 2
    for scores, expected in zip(
        found["scores"], sigmoid(classifier.logits(tokenized)), strict=True
    ):
        by_label = dict(zip(classifier.labels, expected.tolist(), strict=True))
        assert scores == pytest.approx(by_label, abs=TOLERANCE)
    names: dict[str, Any] = {}
    exec(compile(PAIRS.read_text(encoding="utf-8"), PAIRS, "exec"), names)
    said, reply = names["TYPED"]
    assert found["typed"] == classifier.tokenize([Reply(reply, said)])[0].input_ids
