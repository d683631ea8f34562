import pytest

from emoticare.errors import UsageError
from emoticare.training.presets import load_preset, preset_names


def test_the_originals_recipe_to_the_letter() -> None:
    preset = load_preset("distilbert")
    assert preset.base == "distilbert-base-uncased"
    assert (preset.learning_rate, preset.batch_size, preset.epochs) == (2e-5, 16, 3)
    assert preset.max_length == 512
    assert (preset.ema_decay, preset.layer_lr_decay, preset.head_lr_factor) == (0.0, 1.0, 1.0)


def test_all_presets_load() -> None:
    assert {"distilbert", "emoticare"} <= set(preset_names())
    for name in preset_names():
        assert load_preset(name).name == name


def test_overrides_replace_and_none_does_not() -> None:
    preset = load_preset("emoticare", base="here", epochs=None)
    assert preset.base == "here"
    assert preset.epochs == load_preset("emoticare").epochs


def test_an_unknown_preset_names_those_that_exist() -> None:
    with pytest.raises(UsageError, match="distilbert, emoticare"):
        load_preset("../secrets")


@pytest.mark.parametrize("rate", [0.0, -1e-4, float("nan"), float("inf")])
def test_a_learning_rate_without_meaning_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="learning rate above 0"):
        load_preset("emoticare", learning_rate=rate)


def test_distillation_changes_what_the_recipe_says() -> None:
    plain, student = load_preset("emoticare"), load_preset("emoticare", distilling=True, epochs=1)
    assert not plain.augment
    assert not plain.emoji_tokens
    assert student.augment
    assert student.emoji_tokens
    assert student.batch_size > plain.batch_size
    assert student.epochs == 1
    assert student.base == plain.base
