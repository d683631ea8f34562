import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.errors import ArtifactError
from emoticare.export.onnx import export_onnx
from emoticare.model.artifact import ModelArtifact, load_artifact


def test_the_files(random_artifact: ModelArtifact, tmp_path: Path) -> None:
    export_onnx(random_artifact, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md",
        "config.json",
        "manifest.json",
        "model.onnx",
        "model_fp32.onnx",
        "tokenizer.json",
    }
    assert (tmp_path / "model.onnx").read_bytes() == random_artifact.graph


def test_emoticare_loads_the_folder(random_artifact: ModelArtifact, tmp_path: Path) -> None:
    export_onnx(random_artifact, tmp_path)
    assert load_artifact(tmp_path).digest == random_artifact.digest


def test_both_graphs_have_the_same_inputs_and_outputs(
    random_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_onnx(random_artifact, tmp_path)
    input_ids = np.array([[2, 7, 9, 3], [2, 8, 3, 0]], np.int64)
    inputs = {"input_ids": input_ids, "attention_mask": (input_ids > 0).astype(np.int64)}
    logits = [
        onnxruntime.InferenceSession(tmp_path / name).run(["logits"], inputs)[0]
        for name in ("model.onnx", "model_fp32.onnx")
    ]
    np.testing.assert_allclose(logits[0], logits[1], atol=0.2)


def test_the_example_runs_as_it_is_written(
    embedded_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_onnx(embedded_artifact, tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", (tmp_path / "README.md").read_text(), re.DOTALL)
    command = [sys.executable, "-c", example]
    done = subprocess.run(
        command, cwd=tmp_path, check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    (text,) = re.findall(r'encode_batch\(\["(.*?)"\]\)', example)
    expected = EmotionClassifier(embedded_artifact)(text).labels
    assert sorted(json.loads(done.stdout.replace("'", '"'))) == sorted(expected)


def test_an_earlier_export_is_replaced_and_nothing_else(
    random_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_onnx(random_artifact, tmp_path / "ours")
    export_onnx(random_artifact, tmp_path / "ours")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/model.onnx").write_bytes(b"somebody's")
    with pytest.raises(ArtifactError, match="holds something else"):
        export_onnx(random_artifact, tmp_path / "foreign")
    assert (tmp_path / "foreign/model.onnx").read_bytes() == b"somebody's"
