import json
from pathlib import Path

import numpy as np
import pytest
import torch

from emoticare.classifier import load
from emoticare.data.goemotions import read_goemotions
from emoticare.errors import TrainingError
from emoticare.export.huggingface import export_hf
from emoticare.labels import LABELS
from emoticare.model.artifact import load_artifact
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.base_model import load_base, load_tokenizer_json
from emoticare.training.presets import Preset, load_preset
from emoticare.training.pruning import plan_pruning, prune
from emoticare.training.run import train_model

TEXTS = [f"i feel {label} today and it was so much" for label in LABELS]
USELESS_HEADS = [(0, 1), (1, 0), (1, 3)]
USELESS_UNITS = slice(0, 64)


@pytest.fixture
def model(tiny_distilbert: Path):
    """A model of two layers, of which three heads and one layer's units do nothing."""
    torch.manual_seed(0)
    model = load_base(str(tiny_distilbert), LABELS, dropout=0.0)
    layers = model.distilbert.transformer.layer
    for layer in layers:
        # As many units again, so that something can be left out.
        ffn, widened = layer.ffn, torch.nn.Linear(32, 128)
        ffn.lin1, ffn.lin2 = widened, torch.nn.Linear(128, 32)
    size = layers[0].attention.attention_head_size
    with torch.no_grad():
        for layer, head in USELESS_HEADS:
            layers[layer].attention.out_lin.weight[:, head * size : (head + 1) * size] = 0
        layers[1].ffn.lin2.weight[:, USELESS_UNITS] = 0
    return model.eval()


@pytest.fixture
def tokenizer(tiny_distilbert: Path) -> TextTokenizer:
    return TextTokenizer(load_tokenizer_json(str(tiny_distilbert)), 40)


def logits(model, tokenizer: TextTokenizer) -> torch.Tensor:
    ids = torch.tensor([text.input_ids for text in tokenizer.encode(TEXTS[:1])])
    with torch.no_grad():
        return model(input_ids=ids).logits


def test_what_does_nothing_is_removed_and_changes_nothing(model, tokenizer: TextTokenizer) -> None:
    before = logits(model, tokenizer)
    kept = plan_pruning(model, TEXTS, tokenizer, n_heads=5, n_units=192)
    assert [layer.heads for layer in kept] == [[0, 2, 3], [1, 2]]
    assert [layer.units for layer in kept] == [list(range(128)), list(range(64, 128))]
    prune(model, kept)
    assert model.distilbert.transformer.layer[1].ffn.lin1.weight.shape == (64, 32)
    torch.testing.assert_close(logits(model, tokenizer), before, atol=1e-5, rtol=0)


def test_choosing_leaves_the_model_as_it_is(model, tokenizer: TextTokenizer) -> None:
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = plan_pruning(model, TEXTS, tokenizer, n_heads=3, n_units=None)
    assert first == plan_pruning(model, TEXTS, tokenizer, n_heads=3, n_units=None)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [len(layer.units) for layer in first] == [128, 128]
    assert sum(len(layer.heads) for layer in first) == 3


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"n_heads": 1, "n_units": None}, "Expected 2 to 8 heads to keep, found 1"),
        ({"n_heads": 9, "n_units": None}, "Expected 2 to 8 heads to keep, found 9"),
        ({"n_heads": None, "n_units": 64}, "Expected 128 to 256 feed-forward units"),
    ],
)
def test_impossible_counts_are_refused(
    model, tokenizer: TextTokenizer, counts: dict[str, int | None], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        plan_pruning(model, TEXTS, tokenizer, **counts)


def slim_preset(base: Path) -> Preset:
    return load_preset("slim", base=str(base), epochs=4, n_heads=5, n_units=128)


@pytest.fixture(scope="module")
def wide_hf(tiny_distilbert: Path, tiny_goemotions: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    preset = load_preset("emoticare", base=str(tiny_distilbert), epochs=6, learning_rate=1e-3)
    artifact = train_model(read_goemotions(tiny_goemotions), preset, out=folder / "run", seed=0)
    export_hf(artifact, folder / "hf")
    return folder / "hf"


def test_a_slimmed_model_is_trained_saved_and_exported(
    wide_hf: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    dataset, out = read_goemotions(tiny_goemotions), tmp_path / "run"
    artifact = train_model(dataset, slim_preset(wide_hf), out=out, seed=0)
    chosen = json.loads((out / "pruning.json").read_text(encoding="utf-8"))["layers"]
    assert sum(len(layer["heads"]) for layer in chosen) == 5
    # The same command again finds everything done, and a choice is not made twice.
    assert train_model(dataset, slim_preset(wide_hf), out=out, seed=0).digest == artifact.digest
    texts = ["i feel joy today", "it was grief"]
    slim = load(load_artifact(out / "model"))
    wide_size = len((wide_hf / "onnx/model_quantized.onnx").read_bytes())
    assert len(artifact.graph) < wide_size

    export_hf(artifact, tmp_path / "hf")
    from transformers import DistilBertForSequenceClassification

    exported = DistilBertForSequenceClassification.from_pretrained(tmp_path / "hf").eval()
    for text, expected in zip(texts, slim.predict_proba(texts), strict=True):
        ids = torch.tensor([slim.tokenize([text])[0].input_ids])
        with torch.no_grad():
            probabilities = exported(input_ids=ids).logits.sigmoid()[0].numpy()
        np.testing.assert_allclose(probabilities, expected, atol=0.05)


def test_a_damaged_choice_is_refused(wide_hf: Path, tiny_goemotions: Path, tmp_path: Path) -> None:
    (tmp_path / "pruning.json").write_text('{"layers": [{"heads": [0]}]}', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"does not say which parts"):
        train_model(read_goemotions(tiny_goemotions), slim_preset(wide_hf), out=tmp_path, seed=0)


def test_the_head_is_kept_only_for_the_same_labels(
    wide_hf: Path, tiny_distilbert: Path, tiny_bert: Path
) -> None:
    kept = load_base(str(wide_hf), LABELS, None, fresh_head=False)
    fresh = load_base(str(wide_hf), LABELS, None)
    stored = kept.classifier.weight
    again = load_base(str(wide_hf), LABELS, None, fresh_head=False).classifier.weight
    assert torch.equal(stored, again)
    assert not torch.equal(stored, fresh.classifier.weight)
    for base in (tiny_distilbert, tiny_bert):
        with pytest.raises(TrainingError, match=r"head for the same 28 labels"):
            load_base(str(base), LABELS, None, fresh_head=False)
