"""AdamW with learning rates that fall layer by layer, and a faster fresh head."""

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from emoticare.training.presets import Preset

if TYPE_CHECKING:
    import torch

_LAYER = re.compile(r"\.layer\.(\d+)\.")
_HEAD = ("pre_classifier", "classifier")


def parameter_groups(model: "torch.nn.Module", preset: Preset) -> list[dict[str, Any]]:
    """Group the parameters of a sequence classifier for AdamW.

    A layer's learning rate is the peak times `layer_lr_decay` for every layer above it, the
    embeddings count as one more layer, and the head's is the peak times `head_lr_factor`. Biases
    and LayerNorms have no weight decay.

    Args:
        model: With names as in DistilBERT.
        preset: Learning rates and weight decay.

    Source: layer-wise decay as in Howard & Ruder (2018), "discriminative fine-tuning".
    """
    named = list(model.named_parameters())
    n_layers = 1 + max((int(m[1]) for name, _ in named if (m := _LAYER.search(name))), default=-1)
    groups: dict[tuple[float, float], list[Any]] = defaultdict(list)
    for name, parameter in named:
        weight_decay = 0.0 if parameter.ndim < 2 else preset.weight_decay  # noqa: PLR2004
        groups[_factor(name, n_layers, preset), weight_decay].append(parameter)
    return [
        {"params": params, "lr": preset.learning_rate * factor, "weight_decay": weight_decay}
        for (factor, weight_decay), params in groups.items()
    ]


def _factor(name: str, n_layers: int, preset: Preset) -> float:
    if name.startswith(_HEAD):
        return preset.head_lr_factor
    layer = _LAYER.search(name)
    layers_above = n_layers - 1 - int(layer[1]) if layer else n_layers
    return float(preset.layer_lr_decay**layers_above)
