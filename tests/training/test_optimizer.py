from pathlib import Path

import pytest

from emoticare.labels import LABELS
from emoticare.training.base_model import load_base
from emoticare.training.optimizer import parameter_groups
from emoticare.training.presets import load_preset


def test_every_parameter_is_in_one_group_with_its_rate(tiny_distilbert: Path) -> None:
    model = load_base(str(tiny_distilbert), LABELS, dropout=None)
    preset = load_preset("emoticare", learning_rate=1.0)
    groups = parameter_groups(model, preset)
    settings = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in groups
        for parameter in group["params"]
    }
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    found = {name: settings[id(parameter)] for name, parameter in model.named_parameters()}
    decay = preset.layer_lr_decay
    assert found["classifier.weight"] == (preset.head_lr_factor, preset.weight_decay)
    assert found["classifier.bias"] == (preset.head_lr_factor, 0.0)
    top = found["distilbert.transformer.layer.1.ffn.lin1.weight"]
    below = found["distilbert.transformer.layer.0.ffn.lin1.weight"]
    embeddings = found["distilbert.embeddings.word_embeddings.weight"]
    assert [rate for rate, _ in (top, below, embeddings)] == pytest.approx([1, decay, decay**2])


def test_plain_recipe_has_one_rate(tiny_distilbert: Path) -> None:
    model = load_base(str(tiny_distilbert), LABELS, dropout=None)
    groups = parameter_groups(model, load_preset("distilbert"))
    assert {group["lr"] for group in groups} == {2e-5}
    assert {group["weight_decay"] for group in groups} == {0.0, 0.01}
