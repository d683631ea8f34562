"""The engine for a GPU: the same network in PyTorch, in half precision."""

import importlib.util
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from emoticare.engines.engine import checked_logits
from emoticare.errors import ArtifactError, MissingExtraError, UsageError
from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import LAYER_NORM_EPSILON
from emoticare.network.float_model import FloatModel
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import PRODUCT_WEIGHTS, RISK_HEAD, StateDict, has_risks
from emoticare.stages.batches import IntArray
from emoticare.stages.probabilities import FloatArray

if TYPE_CHECKING:
    import torch

_NEEDED: Final = ("torch", "onnx")
_EMBEDDINGS: Final = "distilbert.embeddings"


def finds_gpu() -> bool:
    """Return whether a GPU can be used: all packages are there, and PyTorch sees one."""
    if not all(map(importlib.util.find_spec, _NEEDED)):
        return False
    import torch

    return torch.cuda.is_available()


def check_gpu(device: str) -> None:
    """Refuse a GPU that cannot be used.

    Args:
        device: "cuda", or "cuda:1" for the second one.

    Raises:
        MissingExtraError: If PyTorch, or what reads the weights, is not installed.
        UsageError: If PyTorch finds no such GPU.
    """
    try:
        import onnx  # noqa: F401
        import torch
    except ImportError as error:
        raise MissingExtraError("Scoring on a GPU", "gpu") from error
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (torch.device(device).index or 0) >= n_gpus:
        raise UsageError(
            f"Expected a GPU for device {device!r}, found {n_gpus} that PyTorch "
            f"{torch.__version__} can use. Check the driver and that this is a build for CUDA, or "
            "use device 'cpu' or 'auto'."
        )


def open_gpu_engine(artifact: ModelArtifact, device: str) -> "TorchEngine":
    """Open the engine, in half precision, on a GPU that `check_gpu` has passed.

    Raises:
        ArtifactError: If the model's weights cannot be read.
    """
    import torch

    return TorchEngine(artifact.float_model(risks=True), device, torch.float16)


class TorchEngine:
    """Runs a DistilBERT sequence classifier with PyTorch; safe to call from several threads.

    Inputs of linear layers are rounded as the int8 graph rounds them, so that a GPU gives the
    scores of a processor and not, here and there, slightly better ones.

    Args:
        model: The weights; without ranges nothing is rounded.
        device: Where to run: "cpu", "cuda" or "cuda:1".
        dtype: Of the products with weights; sums and norms are worked out in float32, since a
            coarser rounding ahead of 8 bits would now and then fall on the next number.
    """

    # A GPU is idle with less.
    token_budget = 65_536
    n_parallel = 1

    def __init__(self, model: FloatModel, device: str, dtype: "torch.dtype") -> None:
        import torch

        self.device = device
        self._sizes = model.architecture
        self._ranges = model.ranges
        self._scales = {
            name: torch.from_numpy(np.asarray(known.scale * _channel_scales(known))).to(device)
            for name, known in model.ranges.items()
        }
        self._pid = os.getpid()
        self._weights = {
            name: torch.from_numpy(np.array(weight)).to(
                device, dtype if name.endswith(PRODUCT_WEIGHTS) else torch.float32
            )
            for name, weight in _side_by_side(model.state_dict).items()
        }
        self.n_outputs: int = len(self._weights["classifier.weight"])

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Return float32 of shape (n_texts, n_outputs); see `Engine`.

        Raises:
            ArtifactError: If the tokens are those of another model.
            UsageError: In a process that was forked from the one that opened a GPU.
        """
        import torch

        self._check(input_ids)
        with torch.inference_mode():
            ids = torch.from_numpy(input_ids).to(self.device)
            is_token = torch.from_numpy(attention_mask).to(self.device).bool()
            logits = self.forward(self.embed(ids), is_token[:, None, None, :])
            return checked_logits(logits.float().cpu().numpy(), len(input_ids), self.n_outputs)

    def run_batches(self, batches: Iterable[tuple[IntArray, IntArray]]) -> Iterator[FloatArray]:
        """Run batch after batch; see `Engine`."""
        return (self.run(*batch) for batch in batches)

    def _check(self, input_ids: IntArray) -> None:
        if self.device != "cpu" and self._pid != os.getpid():
            raise UsageError(
                "Expected a GPU to be used by the process that opened it, found one forked from "
                "it. Start processes with multiprocessing's 'spawn', and load the model in each."
            )
        # An index out of range would make a GPU unusable for the whole process.
        sizes = self._sizes
        if input_ids.shape[1] > sizes.max_positions or input_ids.max() >= sizes.vocab_size:
            raise ArtifactError(
                f"Expected at most {sizes.max_positions} tokens with ids below "
                f"{sizes.vocab_size}, found others; the tokenizer or config.json may belong to "
                "another model. Save the model again."
            )

    def embed(self, ids: "torch.Tensor") -> "torch.Tensor":
        """Return the word embeddings of tokens, shape (n_texts, n_tokens, dim)."""
        from torch.nn import functional

        return functional.embedding(ids, self._weights[f"{_EMBEDDINGS}.word_embeddings.weight"])

    def forward(self, words: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        """Return the logits of word embeddings, shape (n_texts, n_outputs); differentiable.

        Args:
            words: Shape (n_texts, n_tokens, dim).
            mask: bool, to be broadcast to (n_texts, n_heads, n_tokens, n_tokens).
        """
        from torch.nn import functional

        positions = self._weights[f"{_EMBEDDINGS}.position_embeddings.weight"]
        hidden = self._norm(words + positions[: words.shape[1]], f"{_EMBEDDINGS}.LayerNorm")
        for layer in range(self._sizes.n_layers):
            # The classifier reads the first token; the last layer need not work out the others.
            n_read = 1 if layer == self._sizes.n_layers - 1 else hidden.shape[1]
            prefix = f"distilbert.transformer.layer.{layer}"
            hidden = self._layer(hidden[:, :n_read], hidden, mask, prefix)
        pooled = functional.relu(self._linear(hidden[:, 0], "pre_classifier"))
        return self._linear(pooled, "classifier")

    def _layer(
        self, query: "torch.Tensor", hidden: "torch.Tensor", mask: "torch.Tensor", prefix: str
    ) -> "torch.Tensor":
        from torch.nn import functional

        # The three projections share what they read, and so its rounding.
        query_input, key_input = (
            self._rounded(source, f"{prefix}.attention.k_lin") for source in (query, hidden)
        )
        context = functional.scaled_dot_product_attention(
            self._heads(query_input, f"{prefix}.attention.q_lin"),
            self._heads(key_input, f"{prefix}.attention.k_lin"),
            self._heads(key_input, f"{prefix}.attention.v_lin"),
            attn_mask=mask,
        )
        attended = self._linear(context.transpose(1, 2).flatten(2), f"{prefix}.attention.out_lin")
        query = self._norm(query + attended, f"{prefix}.sa_layer_norm")
        activate = getattr(functional, self._sizes.activation)
        inner = activate(self._linear(query, f"{prefix}.ffn.lin1"))
        outer = self._linear(inner, f"{prefix}.ffn.lin2")
        return self._norm(query + outer, f"{prefix}.output_layer_norm")

    def _heads(self, hidden: "torch.Tensor", name: str) -> "torch.Tensor":
        n_texts, n_tokens, _ = hidden.shape
        projected = self._product(hidden, name)
        return projected.view(n_texts, n_tokens, -1, self._sizes.head_dim).transpose(1, 2)

    def _rounded(self, hidden: "torch.Tensor", name: str) -> "torch.Tensor":
        """Return a linear layer's input, quantized and dequantized; see `ActivationRange`."""
        known = self._ranges.get(name)
        if known is None:
            return hidden
        scale, zero_point = self._scales[name], int(known.zero_point)
        steps = (hidden.float() / scale).round().clamp(-zero_point, 255 - zero_point)
        return (steps * scale).to(hidden.dtype)

    def _linear(self, hidden: "torch.Tensor", name: str) -> "torch.Tensor":
        return self._product(self._rounded(hidden, name), name)

    def _product(self, rounded: "torch.Tensor", name: str) -> "torch.Tensor":
        from torch.nn import functional

        weight = self._weights[f"{name}.weight"]
        product = functional.linear(rounded.to(weight.dtype), weight)
        return product.float() + self._weights[f"{name}.bias"]

    def _norm(self, hidden: "torch.Tensor", name: str) -> "torch.Tensor":
        from torch.nn import functional

        return functional.layer_norm(
            hidden,
            (self._sizes.dim,),
            self._weights[f"{name}.weight"],
            self._weights[f"{name}.bias"],
            LAYER_NORM_EPSILON,
        )


def _side_by_side(state_dict: StateDict) -> dict[str, FloatArray]:
    """Return weights whose classifier tells of risks, too, where there is a head for them."""
    weights = dict(state_dict)
    if has_risks(state_dict):
        for part in ("weight", "bias"):
            head, risks = (weights.pop(f"{name}.{part}") for name in ("classifier", RISK_HEAD))
            weights[f"classifier.{part}"] = np.concatenate([head, risks])
    return weights


def _channel_scales(known: ActivationRange) -> FloatArray:
    return np.ones(1, np.float32) if known.channel_scales is None else known.channel_scales
