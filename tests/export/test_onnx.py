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

TEXT = "I can't believe how thoughtful that was!"


def example_in(folder: Path) -> str:
    (example,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert f'encode_batch(["{TEXT}"])' in example
    return example


def run(example: str, folder: Path) -> str:
    command = [sys.executable, "-c", example]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, env=dict(os.environ)
    ).stdout


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


def test_a_model_that_reads_replies_says_so(
    embedded_artifact_with_context: ModelArtifact, embedded_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_onnx(embedded_artifact, tmp_path / "alone")
    export_onnx(embedded_artifact_with_context, tmp_path / "replies")
    assert not load_artifact(tmp_path / "alone").config.reads_context
    assert load_artifact(tmp_path / "replies").config.reads_context
    assert "said before" not in (tmp_path / "alone/README.md").read_text()
    assert "at most 64 of what was\nsaid, from" in (tmp_path / "replies/README.md").read_text()


def test_a_pair_in_the_example_is_a_reply(
    embedded_artifact_with_context: ModelArtifact, pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    export_onnx(embedded_artifact_with_context, tmp_path)
    said, reply = pairs[0]
    example = example_in(tmp_path).replace(f'"{TEXT}"', repr((said, reply)))
    expected = EmotionClassifier(embedded_artifact_with_context)(reply, context=said)
    # The strongest of all labels, too, where none reaches its threshold.
    example += "    print(config['labels'][scores.argmax()])\n"
    found = run(example, tmp_path).splitlines()
    assert sorted(json.loads(found[0].replace("'", '"'))) == sorted(expected.labels)
    assert found[1] == max(expected.scores, key=expected.scores.__getitem__)


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
    expected = EmotionClassifier(embedded_artifact)(TEXT).labels
    output = run(example_in(tmp_path), tmp_path)
    assert sorted(json.loads(output.replace("'", '"'))) == sorted(expected)


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
