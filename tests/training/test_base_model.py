import json
from pathlib import Path

import numpy as np
import pytest

from emoticare.engines.onnx import OnnxEngine
from emoticare.errors import TrainingError
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.training.base_model import (
    EMBEDDED,
    load_base,
    load_tokenizer_json,
    set_prior_bias,
)


def test_bert_and_distilbert_both_load(tiny_bert: Path, tiny_distilbert: Path) -> None:
    for folder in (tiny_bert, tiny_distilbert):
        model = load_base(str(folder), LABELS, dropout=0.25)
        assert model.config.model_type == "distilbert"
        assert model.config.dropout == 0.25
        assert model.config.id2label[27] == "neutral"
        assert model.classifier.out_features == 28


def test_dropout_is_the_bases_own_unless_given(tiny_distilbert: Path) -> None:
    assert load_base(str(tiny_distilbert), LABELS, dropout=None).config.dropout == 0.1


def test_tokenizer_comes_without_its_own_cutting(tiny_bert: Path) -> None:
    content = json.loads(load_tokenizer_json(str(tiny_bert)))
    assert content["truncation"] is None
    assert content["padding"] is None


def test_prior_bias_is_the_log_odds(tiny_distilbert: Path) -> None:
    model = load_base(str(tiny_distilbert), ("a", "b"), dropout=None)
    multi_hot = np.array([[1, 0], [0, 0], [0, 0], [0, 1]], np.bool_)
    set_prior_bias(model, multi_hot)
    assert np.allclose(model.classifier.bias.detach().numpy(), np.log(0.25 / 0.75))


@pytest.mark.parametrize("content", [None, "{}", '{"model_type": "gpt2"}', "not json"])
def test_a_base_that_cannot_be_used_is_one_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(TrainingError):
        load_base(str(tmp_path), LABELS, dropout=None)


def test_a_missing_base_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="could not be loaded"):
        load_base(str(tmp_path / "nothing-here"), LABELS, dropout=None)


def test_pickled_weights_are_refused(tiny_distilbert: Path, tmp_path: Path) -> None:
    import torch

    (tmp_path / "config.json").write_text((tiny_distilbert / "config.json").read_text())
    torch.save(
        {"embeddings.word_embeddings.weight": torch.zeros(3)}, tmp_path / "pytorch_model.bin"
    )
    with pytest.raises(TrainingError, match=r"model\.safetensors"):
        load_base(str(tmp_path), LABELS, dropout=None)


def test_damaged_weights_are_one_error(tiny_distilbert: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((tiny_distilbert / "config.json").read_text())
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(TrainingError, match="could not be loaded"):
        load_base(str(tmp_path), LABELS, dropout=None)


def test_the_embedded_base_is_the_packages_own_model(embedded_artifact: ModelArtifact) -> None:
    import torch

    model = load_base(EMBEDDED, LABELS, dropout=None, fresh_head=False).eval()
    float_model = embedded_artifact.float_model()
    ids = np.random.default_rng(0).integers(5, float_model.architecture.vocab_size, (3, 12))
    engine = OnnxEngine(float_model.graph(), {"logits": len(LABELS)})
    with torch.no_grad():
        logits = model(torch.tensor(ids), torch.ones_like(torch.tensor(ids))).logits.numpy()
    np.testing.assert_allclose(logits, engine.run(ids, np.ones_like(ids)), atol=1e-4)
    # As slim as it is in the package.
    assert {k: tuple(v.shape) for k, v in model.state_dict().items()} == {
        k: v.shape for k, v in float_model.state_dict.items()
    }
    assert load_tokenizer_json(EMBEDDED) == embedded_artifact.tokenizer_json


def test_the_embedded_base_gets_a_head_for_other_labels() -> None:
    labels = ("calm", "storm")
    model = load_base(EMBEDDED, labels, dropout=0.2)
    assert model.classifier.out_features == 2
    assert model.config.dropout == 0.2
    with pytest.raises(TrainingError, match="found 2 labels"):
        load_base(EMBEDDED, labels, dropout=None, fresh_head=False)
