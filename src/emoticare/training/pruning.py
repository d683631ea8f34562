"""Makes a DistilBERT slimmer: attention heads and feed-forward units that matter least are removed.

What a head or a unit matters is the mean over texts of the square of what the log-likelihood would
change, to first order, without it: its value times the gradient there, summed over the tokens of a
text. The labels are drawn from what the model itself believes, so none are needed, and a model that
has learned its texts by heart has gradients all the same.

Source: Molchanov et al. (2019), Importance Estimation for Neural Network Pruning; for heads Michel
et al. (2019), Are Sixteen Heads Really Better than One?
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from emoticare.errors import TrainingError
from emoticare.stages.batches import cut_batches, pad
from emoticare.stages.text import clean_texts
from emoticare.stages.tokens import TextTokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Units are kept by as many, which matrix kernels work out as fast as any single one of them.
_UNITS_TOGETHER = 64
_TOKEN_BUDGET = 2048
_SEED = 0


@dataclass(frozen=True)
class LayerPruning:
    """The parts of a layer that are kept, by their numbers, in order."""

    heads: list[int]
    units: list[int]


def plan_pruning(
    model: "PreTrainedModel",
    texts: Sequence[str],
    tokenizer: TextTokenizer,
    *,
    n_heads: int | None,
    n_units: int | None,
) -> list[LayerPruning]:
    """Choose the heads and feed-forward units that matter most, over all layers together.

    Args:
        model: A DistilBERT sequence classifier.
        texts: On which the importance is measured.
        tokenizer: The model's.
        n_heads: Heads to keep, of which each layer has one at least; None for all.
        n_units: Units to keep, rounded down to a multiple of 64, of which each layer has 64 at
            least; None for all.

    Returns:
        What to keep of each layer.

    Raises:
        TrainingError: If there are fewer heads or units than that, or more layers.
    """
    heads, units = _importance(model, _batches(texts, tokenizer))
    return [
        LayerPruning(kept_heads.tolist(), kept_units.tolist())
        for kept_heads, kept_units in zip(
            _most_important(heads, n_heads, together=1, what="heads"),
            _most_important(units, n_units, together=_UNITS_TOGETHER, what="feed-forward units"),
            strict=True,
        )
    ]


def prune(model: "PreTrainedModel", kept: Sequence[LayerPruning]) -> None:
    """Remove all other heads and units.

    Args:
        model: A DistilBERT sequence classifier; changed in place, so that its layers differ in
            their sizes.
        kept: What to keep of each layer.
    """
    for layer, parts in zip(model.distilbert.transformer.layer, kept, strict=True):
        attention, size = layer.attention, layer.attention.attention_head_size
        rows = (torch.tensor(parts.heads)[:, None] * size + torch.arange(size)).flatten()
        units = torch.tensor(parts.units)
        for name in ("q_lin", "k_lin", "v_lin"):
            setattr(attention, name, _with_rows(getattr(attention, name), rows))
        attention.out_lin = _with_columns(attention.out_lin, rows)
        layer.ffn.lin1 = _with_rows(layer.ffn.lin1, units)
        layer.ffn.lin2 = _with_columns(layer.ffn.lin2, units)


def _batches(texts: Sequence[str], tokenizer: TextTokenizer) -> Iterator[dict[str, torch.Tensor]]:
    tokenized = tokenizer.encode(list(clean_texts(texts)))
    for batch in cut_batches([len(text.input_ids) for text in tokenized], _TOKEN_BUDGET):
        input_ids, mask = map(torch.from_numpy, pad([tokenized[i].input_ids for i in batch]))
        yield {"input_ids": input_ids, "attention_mask": mask}


def _importance(
    model: "PreTrainedModel", batches: Iterator[dict[str, torch.Tensor]]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the importance of each layer's heads, and of each layer's units."""
    layers = model.distilbert.transformer.layer
    size = layers[0].attention.attention_head_size
    consumers = [part for layer in layers for part in (layer.attention.out_lin, layer.ffn.lin2)]
    parts = [columns for _ in layers for columns in (size, 1)]
    totals = [
        torch.zeros(reader.in_features // columns)
        for reader, columns in zip(consumers, parts, strict=True)
    ]
    chance = torch.Generator().manual_seed(_SEED)
    was_training = model.training
    model.eval()
    for batch in batches:
        with ExitStack() as stack:
            watched = [_Watched(reader, stack) for reader in consumers]
            logits = model(**batch).logits
            drawn = torch.bernoulli(logits.detach().sigmoid(), generator=chance)
            binary_cross_entropy_with_logits(logits, drawn, reduction="sum").backward()  # type: ignore[no-untyped-call]
        for total, seen, columns in zip(totals, watched, parts, strict=True):
            effect = seen.effect()
            of_parts = effect.view(len(effect), -1, columns).sum(dim=2)
            total.add_(of_parts.square().sum(dim=0))
        model.zero_grad(set_to_none=True)
    model.train(was_training)
    return totals[::2], totals[1::2]


class _Watched:
    """The input of a linear layer in one pass forward and back."""

    def __init__(self, layer: torch.nn.Module, stack: ExitStack) -> None:
        self._values: Any = None
        stack.callback(layer.register_forward_pre_hook(self._watch).remove)

    def _watch(self, _layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._values = inputs[0]
        self._values.retain_grad()

    def effect(self) -> torch.Tensor:
        """Return what the loss of each text would change without a column; (n_texts, n_columns)."""
        effect: torch.Tensor = (self._values * self._values.grad).detach().sum(dim=1)
        return effect


def _most_important(
    importance: list[torch.Tensor], n_kept: int | None, *, together: int, what: str
) -> list[torch.Tensor]:
    """Return the numbers to keep in each layer, in order."""
    if n_kept is None:
        return [torch.arange(len(values)) for values in importance]
    n_layers = len(importance)
    n_groups, n_all = n_kept // together, sum(len(values) // together for values in importance)
    if not n_layers <= n_groups <= n_all:
        raise TrainingError(
            f"Expected {n_layers * together} to {n_all * together} {what} to keep, found {n_kept}."
        )
    orders = [values.argsort(descending=True) for values in importance]
    groups = [
        (float(values[order[start : start + together]].sum()), layer)
        for layer, (values, order) in enumerate(zip(importance, orders, strict=True))
        for start in range(together, len(order) // together * together, together)
    ]
    n_of_layer = [1] * n_layers
    for _, layer in sorted(groups, reverse=True)[: n_groups - n_layers]:
        n_of_layer[layer] += 1
    return [
        order[: n * together].sort().values for order, n in zip(orders, n_of_layer, strict=True)
    ]


def _with_rows(layer: torch.nn.Linear, rows: torch.Tensor) -> torch.nn.Linear:
    """Return the same layer with some of its outputs only."""
    return _linear(layer.weight[rows], layer.bias[rows])


def _with_columns(layer: torch.nn.Linear, columns: torch.Tensor) -> torch.nn.Linear:
    """Return the same layer with some of its inputs only."""
    return _linear(layer.weight[:, columns], layer.bias)


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> torch.nn.Linear:
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data.copy_(weight.detach())
    layer.bias.data.copy_(bias.detach())
    return layer
