"""Training recipes: small TOML files in `presets/`."""

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emoticare.errors import UsageError, did_you_mean

_FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Preset:
    """A training recipe.

    Attributes:
        name: File name without `.toml`.
        base: Pretrained encoder: a hub id or a folder. A BERT becomes a DistilBERT.
        epochs: Passes over the training texts.
        batch_size: Texts a pass through the model, in each process.
        accumulation_steps: Passes whose gradients are added up before the weights move.
        learning_rate: Peak, of the last layer where `layer_lr_decay` is below 1.
        weight_decay: AdamW's, not applied to biases and norms.
        warmup_fraction: Share of the steps over which the learning rate rises linearly, before it
            falls linearly to zero.
        max_length: Most tokens of a text while training.
        dropout: On embeddings and sub-layer outputs; the base's own where the file has none.
        attention_dropout: On attention weights of a DistilBERT; likewise. Without any, a step on a
            CPU is a seventh faster.
        activation: Of the feed-forward blocks, `gelu` or `relu`; the base's own where the file has
            none. An 8-bit multiplication works out a rectified value at no cost.
        head_lr_factor: Learning rate of the fresh head relative to the encoder's.
        layer_lr_decay: Factor on the learning rate from one layer to the one below it.
        ema_decay: Decay of the averaged weights, which are evaluated and kept; 0 for none.
        fresh_head: Whether the classification head starts anew, and not as the base has it.
        prior_bias: Whether the classifier's bias starts at the log odds of each label.
        base_weight: Share of the base's own weights in the weights that are kept, from 0 to 1: what
            the base knows is mostly kept, and so is most of what was learned since. Wortsman et al.
            (2022), "Robust fine-tuning of zero-shot models".
        refit_label_weight: After all, the head for the labelled data is fitted once more on the
            network's features: the labels' share in what it learns, the rest is the teachers'; None
            leaves it.
        n_heads: Attention heads to keep, over all layers; None keeps all.
        n_units: Feed-forward units to keep, over all layers; None keeps all.
        evaluations_per_epoch: Checkpoints and evaluations on dev an epoch.
        domain_heads: Whether further sources have a classification head of their own, which starts
            as the base's: what readers of one domain call anger, those of another may not.
        risk_weight: Weight, beside that of the emotions, of the loss of the risks of which
            further sources tell; 0 for no risk head.
        temperature: In distillation, divides the logits of teachers and student.
        teacher_weight: In distillation, the share of the loss that comes from the teachers.
        mixture_teacher_weight: That share for texts of further sources.
        emoji_tokens: Whether emoji get tokens of their own.
        augment: In distillation, whether texts are rewritten at random.
        teacher: Whether the run ends with a teacher for distillation instead of a model to ship.
    """

    name: str
    base: str
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_fraction: float
    max_length: int
    dropout: float | None = None
    attention_dropout: float | None = None
    activation: str | None = None
    head_lr_factor: float = 1.0
    layer_lr_decay: float = 1.0
    ema_decay: float = 0.0
    fresh_head: bool = True
    prior_bias: bool = False
    base_weight: float = 0.0
    refit_label_weight: float | None = None
    n_heads: int | None = None
    n_units: int | None = None
    evaluations_per_epoch: int = 1
    accumulation_steps: int = 1
    domain_heads: bool = False
    risk_weight: float = 0.0
    temperature: float = 2.0
    teacher_weight: float = 0.7
    mixture_teacher_weight: float = 0.5
    emoji_tokens: bool = False
    augment: bool = False
    teacher: bool = False


def preset_names() -> list[str]:
    """Names of the recipes in the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_preset(name: str, *, distilling: bool = False, **overrides: Any) -> Preset:
    """Read a recipe.

    Args:
        name: One of `preset_names()`.
        distilling: Whether what the recipe changes for distillation counts.
        overrides: Fields to replace; None leaves a field as the recipe has it.

    Raises:
        UsageError: If there is no such recipe, or the learning rate makes no sense.
    """
    if name not in preset_names():
        raise UsageError(
            f"No preset {name!r}.{did_you_mean(name, preset_names())} "
            f"Presets: {', '.join(preset_names())}."
        )
    content = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    for_distillation = content.pop("distillation", {})
    if distilling:
        content |= for_distillation
    preset = Preset(name=name, **content)
    rate = overrides.get("learning_rate")
    if rate is not None and not 0 < rate < math.inf:
        raise UsageError(f"Expected a learning rate above 0, found {rate}.")
    given = {field: value for field, value in overrides.items() if value is not None}
    return dataclasses.replace(preset, **given)
