"""The weights of a DistilBERT sequence classifier, as numpy arrays under their usual names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import ArtifactError

FloatArray = npt.NDArray[np.float32]
StateDict = Mapping[str, FloatArray]

PRODUCT_WEIGHTS: Final = ("lin.weight", "lin1.weight", "lin2.weight", "classifier.weight")
"""How the names of all matrices end that hidden states are multiplied by."""

RISK_HEAD: Final = "classifier_risks"
"""The head that tells of risks, if there is one; no other has outputs of its own number."""

_HEAD = re.compile(r"^classifier_(?!risks\.)(\w+)\.weight$")
_LAYER = re.compile(r"^distilbert\.transformer\.layer\.(\d{1,18})\.")


def further_heads(state_dict: StateDict) -> list[str]:
    """Return the names of the heads beside the classifier, such as "reddit", in order."""
    return sorted(match[1] for name in state_dict if (match := _HEAD.match(name)))


def has_risks(state_dict: StateDict) -> bool:
    """Return whether there is a head that tells of risks."""
    return f"{RISK_HEAD}.weight" in state_dict


def of_head(
    state_dict: StateDict, name: str | None, *, risks: bool = False
) -> dict[str, FloatArray]:
    """Return the weights of a classifier with one head.

    Args:
        state_dict: The weights.
        name: One of `further_heads`; None for the classifier itself.
        risks: Whether the head that tells of risks stays beside it, if there is one.
    """
    kept = {
        key: value
        for key, value in state_dict.items()
        if not key.startswith("classifier_") or (risks and key.startswith(f"{RISK_HEAD}."))
    }
    if name is not None:
        for part in ("weight", "bias"):
            kept[f"classifier.{part}"] = state_dict[f"classifier_{name}.{part}"]
    return kept


@dataclass(frozen=True)
class Architecture:
    """The sizes of a DistilBERT sequence classifier.

    Attributes:
        vocab_size: Rows of the token embedding table.
        max_positions: Rows of the position embedding table: the most tokens it can read.
        dim: Width of a hidden state.
        hidden_dim: Width inside the widest feed-forward block; a slimmed model's layers differ.
        n_layers: Transformer layers.
        n_heads: Attention heads of a layer that has all of them; divides `dim`.
        n_labels: Outputs of the classifier.
        activation: Of the feed-forward blocks, one of `emoticare.model.config.ACTIVATIONS`.
    """

    vocab_size: int
    max_positions: int
    dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    n_labels: int
    activation: str = "gelu"

    @property
    def head_dim(self) -> int:
        """Columns of an attention head."""
        return self.dim // self.n_heads

    @classmethod
    def of(cls, state_dict: StateDict, n_heads: int, activation: str = "gelu") -> "Architecture":
        """Read the sizes off the weights; heads and activation do not show in them.

        Raises:
            ArtifactError: If these are not the weights of a DistilBERT sequence classifier.
        """
        # Without any layer, the first one is what is missing.
        layers = {int(match[1]) for name in state_dict if (match := _LAYER.match(name))} or {0}
        try:
            vocab_size, dim = state_dict["distilbert.embeddings.word_embeddings.weight"].shape
            max_positions = state_dict["distilbert.embeddings.position_embeddings.weight"].shape[0]
            blocks = [f"distilbert.transformer.layer.{layer}.ffn.lin1.weight" for layer in layers]
            hidden_dim = max(state_dict[block].shape[0] for block in blocks)
            n_labels = state_dict["classifier.weight"].shape[0]
        except KeyError as error:
            raise ArtifactError(
                f"Expected the weights of a DistilBERT sequence classifier, but {error} is missing."
            ) from error
        except (IndexError, ValueError) as error:
            raise ArtifactError(
                "Expected the weights of a DistilBERT sequence classifier, found some of other "
                "shapes. Save the model again."
            ) from error
        return cls(
            vocab_size,
            max_positions,
            dim,
            hidden_dim,
            max(layers) + 1,
            n_heads,
            n_labels,
            activation,
        )


def checked_weights(state_dict: StateDict, architecture: Architecture) -> dict[str, FloatArray]:
    """Return the weights that the network reads, all of which are there and fit each other.

    Args:
        state_dict: The weights, and perhaps others.
        architecture: Their sizes.

    Raises:
        ArtifactError: If one is missing, has another shape, or holds what is no number.
    """
    checked = {}
    for name, shape in _shapes(state_dict, architecture):
        weight = state_dict.get(name)
        if weight is None or weight.shape != shape or weight.dtype != np.float32:
            found = "none" if weight is None else f"{weight.dtype} of shape {weight.shape}"
            raise ArtifactError(
                f"Expected the weights of a DistilBERT sequence classifier with {name} as float32 "
                f"of shape {shape}, found {found}. Save the model again."
            )
        if not np.isfinite(weight).all():
            raise ArtifactError(
                f"Expected finite weights, found others in {name}: the model is damaged. Copy or "
                "save it again."
            )
        checked[name] = weight
    return checked


def _shapes(
    state_dict: StateDict, architecture: Architecture
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and the shape of each weight; a layer may have heads and units of its own."""
    dim, n_labels = architecture.dim, architecture.n_labels
    embeddings = "distilbert.embeddings"
    yield f"{embeddings}.word_embeddings.weight", (architecture.vocab_size, dim)
    yield f"{embeddings}.position_embeddings.weight", (architecture.max_positions, dim)
    yield from _norm_shapes(f"{embeddings}.LayerNorm", dim)
    for layer in range(architecture.n_layers):
        prefix = f"distilbert.transformer.layer.{layer}"
        heads_dim = _n_rows(state_dict, f"{prefix}.attention.q_lin.weight")
        hidden_dim = _n_rows(state_dict, f"{prefix}.ffn.lin1.weight")
        for part in ("q", "k", "v"):
            yield from _linear_shapes(f"{prefix}.attention.{part}_lin", heads_dim, dim)
        yield from _linear_shapes(f"{prefix}.attention.out_lin", dim, heads_dim)
        yield from _norm_shapes(f"{prefix}.sa_layer_norm", dim)
        yield from _linear_shapes(f"{prefix}.ffn.lin1", hidden_dim, dim)
        yield from _linear_shapes(f"{prefix}.ffn.lin2", dim, hidden_dim)
        yield from _norm_shapes(f"{prefix}.output_layer_norm", dim)
    yield from _linear_shapes("pre_classifier", dim, dim)
    heads = [f"classifier_{name}" for name in further_heads(state_dict)]
    for head in ("classifier", *heads):
        yield from _linear_shapes(head, n_labels, dim)
    if has_risks(state_dict):
        yield from _linear_shapes(RISK_HEAD, _n_rows(state_dict, f"{RISK_HEAD}.weight"), dim)


def _n_rows(state_dict: StateDict, name: str) -> int:
    """Return the rows of a matrix; of one that is missing 0, so that it will be missed."""
    return len(state_dict[name]) if name in state_dict and state_dict[name].ndim else 0


def _linear_shapes(name: str, rows: int, columns: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (rows, columns)
    yield f"{name}.bias", (rows,)


def _norm_shapes(name: str, dim: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (dim,)
    yield f"{name}.bias", (dim,)


def unprune(state_dict: StateDict, architecture: Architecture) -> dict[str, FloatArray]:
    """Return the same network with layers of one size, as transformers' DistilBERT needs them.

    Heads and units that a slimmed model is without come back as zeros, which change no logit: a
    head whose output nobody reads, and units that are 0 before and, by any activation of ours,
    after their activation.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
    """
    dim, hidden_dim = architecture.dim, architecture.hidden_dim
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(architecture.n_layers):
        prefix = f"distilbert.transformer.layer.{layer}"
        for part in ("q", "k", "v"):
            shapes[f"{prefix}.attention.{part}_lin.weight"] = (dim, dim)
            shapes[f"{prefix}.attention.{part}_lin.bias"] = (dim,)
        shapes[f"{prefix}.attention.out_lin.weight"] = (dim, dim)
        shapes[f"{prefix}.ffn.lin1.weight"] = (hidden_dim, dim)
        shapes[f"{prefix}.ffn.lin1.bias"] = (hidden_dim,)
        shapes[f"{prefix}.ffn.lin2.weight"] = (dim, hidden_dim)
    return {
        name: _zero_pad(weight, shapes.get(name, weight.shape))
        for name, weight in state_dict.items()
    }


def _zero_pad(weight: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    return np.pad(weight, [(0, size - n) for size, n in zip(shape, weight.shape, strict=True)])


def prune_zeros(state_dict: StateDict, architecture: Architecture) -> dict[str, FloatArray]:
    """Return the same network without the zeros that `unprune` put at the end of its layers.

    Args:
        state_dict: The weights.
        architecture: Their sizes.
    """
    pruned = dict(state_dict)
    for layer in range(architecture.n_layers):
        prefix = f"distilbert.transformer.layer.{layer}"
        projections = [f"{prefix}.attention.{part}_lin" for part in ("q", "k", "v")]
        _prune(pruned, projections, f"{prefix}.attention.out_lin", architecture.head_dim)
        _prune(pruned, [f"{prefix}.ffn.lin1"], f"{prefix}.ffn.lin2", 1)
    return pruned


def _prune(
    weights: dict[str, FloatArray], producers: list[str], consumer: str, together: int
) -> None:
    """Cut the units that are zeros in all of these layers, of which one group stays at least."""
    columns = weights[f"{consumer}.weight"]
    used = columns.any(axis=0)
    for name in producers:
        used |= weights[f"{name}.weight"].any(axis=1) | (weights[f"{name}.bias"] != 0)
    last = int(np.flatnonzero(used).max(initial=0))
    n_kept = (last // together + 1) * together
    for name in producers:
        for part in ("weight", "bias"):
            weights[f"{name}.{part}"] = weights[f"{name}.{part}"][:n_kept]
    weights[f"{consumer}.weight"] = columns[:, :n_kept]
