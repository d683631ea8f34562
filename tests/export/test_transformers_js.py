"""An export runs in transformers.js, in both precisions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, Reply
from emoticare.stages.tokens import TextTokenizer

Scorer = Callable[[Sequence[str | tuple[str, str]]], dict[str, FloatArray]]


@pytest.fixture(scope="module")
def readable(texts: list[str], pairs: list[tuple[str, str]]) -> list[Readable]:
    return [*texts, *(Reply(reply, said) for said, reply in pairs)]


@pytest.fixture(scope="module")
def scores(
    transformers_js: Scorer, texts: list[str], pairs: list[tuple[str, str]]
) -> dict[str, FloatArray]:
    return transformers_js([*texts, *pairs])


def test_float32_is_what_transformers_computes(
    scores: dict[str, FloatArray],
    hf_folder: Path,
    embedded_artifact: ModelArtifact,
    readable: list[Readable],
) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    model = transformers.DistilBertForSequenceClassification.from_pretrained(hf_folder)
    tokenized = TextTokenizer(
        embedded_artifact.tokenizer_json, embedded_artifact.config.max_length
    ).encode(readable)
    with torch.no_grad():
        logits = [model(torch.tensor([text.input_ids])).logits[0] for text in tokenized]
    expected = torch.sigmoid(torch.stack(logits)).numpy()
    np.testing.assert_allclose(scores["fp32"], expected, atol=1e-3)


def test_8_bit_is_what_emoticare_computes(
    scores: dict[str, FloatArray], embedded: EmotionClassifier, readable: list[Readable]
) -> None:
    expected = sigmoid(embedded.logits(embedded.tokenize(readable)))
    np.testing.assert_allclose(scores["q8"], expected, atol=0.02)
