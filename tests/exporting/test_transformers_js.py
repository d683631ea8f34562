"""An export runs in transformers.js, in both precisions."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emoticare.artifact import ModelArtifact
from emoticare.classifier import EmotionClassifier
from emoticare.stages.tokens import TextTokenizer

SCRIPT = Path(__file__).parents[1] / "snippets" / "transformers_js" / "scores.mjs"


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """Where `npm install --ignore-scripts` in the script's folder, or elsewhere, put packages."""
    folder = Path(os.environ.get("EMOTICARE_NODE_MODULES", SCRIPT.parent / "node_modules"))
    if not shutil.which("node") or not (folder / "@huggingface/transformers").is_dir():
        pytest.skip(
            "needs node, and `npm install --ignore-scripts` in tests/snippets/transformers_js or "
            "EMOTICARE_NODE_MODULES"
        )
    return folder


@pytest.fixture(scope="module")
def scores(node_modules: Path, hf_folder: Path, texts: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "EMOTICARE_NODE_MODULES": str(node_modules)}
    done = subprocess.run(
        ["node", str(SCRIPT), str(hf_folder)],
        input=json.dumps(texts),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_order(scores: list[dict[str, float]], artifact: ModelArtifact) -> npt.NDArray[np.float32]:
    return np.array([[row[label] for label in artifact.config.labels] for row in scores])


def test_float32_is_what_transformers_computes(
    scores: dict[str, Any], hf_folder: Path, embedded_artifact: ModelArtifact, texts: list[str]
) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    model = transformers.DistilBertForSequenceClassification.from_pretrained(hf_folder)
    tokenized = TextTokenizer(
        embedded_artifact.tokenizer_json, embedded_artifact.config.max_length
    ).encode(texts)
    with torch.no_grad():
        logits = [model(torch.tensor([text.input_ids])).logits[0] for text in tokenized]
    expected = torch.sigmoid(torch.stack(logits)).numpy()
    np.testing.assert_allclose(in_order(scores["fp32"], embedded_artifact), expected, atol=1e-3)


def test_8_bit_is_what_emoticare_computes(
    scores: dict[str, Any], embedded_artifact: ModelArtifact, texts: list[str]
) -> None:
    expected = EmotionClassifier(embedded_artifact).predict_proba(texts)
    np.testing.assert_allclose(in_order(scores["q8"], embedded_artifact), expected, atol=0.02)
