"""What every engine offers."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from emoticare.stages.batches import IntArray
from emoticare.stages.probabilities import FloatArray


class Engine(Protocol):
    """Computes the logits of a padded batch."""

    device: str
    """Where it runs: "cpu", "cuda" or "cuda:1"."""
    n_labels: int
    token_budget: int
    """Most tokens of a batch, padding included, with which the engine is at its best."""
    n_parallel: int
    """Batches that it runs at the same time."""

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Return float32 of shape (n_texts, n_labels).

        Args:
            input_ids: int64 of shape (n_texts, n_tokens).
            attention_mask: int64 of the same shape, 1 on tokens and 0 on padding.
        """
        ...

    def run_batches(self, batches: Iterable[tuple[IntArray, IntArray]]) -> Iterator[FloatArray]:
        """Return what `run` returns for each batch, in order."""
        ...
