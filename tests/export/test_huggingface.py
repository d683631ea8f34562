import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

import emoticare
from emoticare.classifier import EmotionClassifier
from emoticare.engines.onnx import OnnxEngine
from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.export.huggingface import export_hf, hf_files
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.model.companion import COMPANION
from emoticare.network.outputs import only_output

NAMES = {
    "README.md",
    "config.json",
    "emoticare.safetensors",
    "model.safetensors",
    "onnx/model.onnx",
    "onnx/model_quantized.onnx",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
}


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["random_artifact", "slim_artifact", "embedded_artifact"])
def test_transformers_and_the_float_graph_agree(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    artifact: ModelArtifact = request.getfixturevalue(name)
    export_hf(artifact, tmp_path / "hf")
    model, loading = transformers.DistilBertForSequenceClassification.from_pretrained(
        tmp_path / "hf", output_loading_info=True
    )
    assert not any(loading.values()), loading
    assert model.dtype == torch.float32
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.config.problem_type == "multi_label_classification"
    random = np.random.default_rng(1)
    input_ids = random.integers(5, model.config.vocab_size, (7, 20))
    attention_mask = (np.arange(20) < random.integers(1, 21, (7, 1))).astype(np.int64)
    engine = OnnxEngine((tmp_path / "hf/onnx/model.onnx").read_bytes(), {"logits": len(LABELS)})
    with torch.no_grad():
        expected = model(torch.tensor(input_ids), torch.tensor(attention_mask)).logits.numpy()
    np.testing.assert_allclose(engine.run(input_ids, attention_mask), expected, atol=1e-5)


def test_the_cards_code_scores_a_reply_as_emoticare_does(
    hf_folder_with_context: Path, tmp_path: Path
) -> None:
    pytest.importorskip("transformers")
    # In float32, as transformers reads it.
    folder = tmp_path / "hf"
    shutil.copytree(hf_folder_with_context, folder, ignore=shutil.ignore_patterns(COMPANION))
    card = (folder / "README.md").read_text().replace("/path/to/this/folder", str(folder))
    blocks = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 4
    expected = emoticare.load(folder)(names["reply"], context=names["said"]).scores
    found = {result["label"]: result["score"] for result in names["results"]}
    assert found == pytest.approx(expected, abs=1e-4)


def test_the_float_graph_has_standard_operators_only(hf_folder: Path) -> None:
    import onnx

    model = onnx.load(hf_folder / "onnx/model.onnx")
    onnx.checker.check_model(model)
    assert {node.domain for node in model.graph.node} == {""}


def test_both_precisions_are_close(
    hf_folder: Path, embedded_artifact: ModelArtifact, texts: list[str]
) -> None:
    session = onnxruntime.InferenceSession(hf_folder / "onnx/model.onnx")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(hf_folder / "tokenizer.json"))
    tokenizer.enable_truncation(embedded_artifact.config.max_length)
    expected = EmotionClassifier(embedded_artifact).predict_proba(texts)
    for text, probabilities in zip(texts, expected, strict=True):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        (logits,) = session.run(["logits"], inputs)
        np.testing.assert_allclose(1 / (1 + np.exp(-logits[0])), probabilities, atol=0.03)


def test_the_files(hf_folder: Path, embedded_artifact: ModelArtifact) -> None:
    files = content_of(hf_folder)
    assert files.keys() == NAMES
    output = embedded_artifact.config.output
    assert files["onnx/model_quantized.onnx"] == only_output(embedded_artifact.graph, output)
    config = json.loads(files["config.json"])
    assert config["emoticare"]["model"] == embedded_artifact.digest
    thresholds = embedded_artifact.config.thresholds
    assert config["emoticare"]["thresholds"]["per_label"] == dict(thresholds.per_label)
    assert config["label2id"] == {label: i for i, label in enumerate(LABELS)}
    assert "provenance" not in config["emoticare"]


def test_the_same_model_gives_the_same_bytes(random_artifact: ModelArtifact) -> None:
    assert hf_files(random_artifact) == hf_files(random_artifact)


def test_an_earlier_export_is_replaced(random_artifact: ModelArtifact, tmp_path: Path) -> None:
    export_hf(random_artifact, tmp_path / "hf")
    before = content_of(tmp_path / "hf")
    (tmp_path / "hf/README.md").write_text("edited")
    (tmp_path / "hf/vocab.txt").unlink()
    export_hf(random_artifact, tmp_path / "hf")
    assert content_of(tmp_path / "hf") == before
    assert [path.name for path in tmp_path.iterdir()] == ["hf"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", '{"model_type": "distilbert"}'),
        ("config.json", '["emoticare"]'),
        ("config.json", "no json"),
        ("model.safetensors", "somebody's weights"),
        ("notes.txt", "mine"),
    ],
)
def test_what_is_not_ours_stays(
    random_artifact: ModelArtifact, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ArtifactError, match="holds something else"):
        export_hf(random_artifact, tmp_path)
    assert content_of(tmp_path) == {name: content.encode()}


def test_an_added_file_keeps_an_export(random_artifact: ModelArtifact, tmp_path: Path) -> None:
    export_hf(random_artifact, tmp_path / "hf")
    (tmp_path / "hf/onnx/other.onnx").touch()
    with pytest.raises(ArtifactError, match="holds something else"):
        export_hf(random_artifact, tmp_path / "hf")


def test_neither_torch_nor_transformers_is_needed(
    random_artifact: ModelArtifact, tmp_path: Path
) -> None:
    random_artifact.save(tmp_path / "model")
    program = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'onnxscript'): sys.modules[name] = None\n"
        "from emoticare.cli import main\n"
        "main()\n"
    )
    arguments = ["export", "hf", str(tmp_path / "hf"), "--model", str(tmp_path / "model")]
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    subprocess.run(command, check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    assert content_of(tmp_path / "hf").keys() == NAMES


@pytest.mark.parametrize("package", ["onnx", "safetensors", "huggingface_hub"])
def test_without_a_package(
    random_artifact: ModelArtifact, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"emoticare\[export\]"):
        hf_files(random_artifact)


def test_the_weights_that_are_exported_are_those_of_the_graph(
    random_artifact: ModelArtifact,
) -> None:
    import safetensors.numpy

    tensors = safetensors.numpy.load(hf_files(random_artifact)["model.safetensors"])
    state_dict = random_artifact.float_model().state_dict
    assert tensors.keys() == state_dict.keys()
    for name, weight in state_dict.items():
        np.testing.assert_array_equal(tensors[name], weight)
