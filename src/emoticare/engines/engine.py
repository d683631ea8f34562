"""What every engine offers."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from emoticare.errors import ArtifactError
from emoticare.stages.batches import IntArray
from emoticare.stages.probabilities import FloatArray


class Engine(Protocol):
    """Computes the logits of a padded batch: of all labels, and then of all risks."""

    device: str
    """Where it runs: "cpu", "cuda" or "cuda:1"."""
    n_outputs: int
    """Labels and risks of the model."""
    token_budget: int
    """Most tokens of a batch, padding included, with which the engine is at its best."""
    n_parallel: int
    """Batches that it runs at the same time."""

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Return float32 of shape (n_texts, n_outputs).

        Args:
            input_ids: int64 of shape (n_texts, n_tokens).
            attention_mask: int64 of the same shape, 1 on tokens and 0 on padding.
        """
        ...

    def run_batches(self, batches: Iterable[tuple[IntArray, IntArray]]) -> Iterator[FloatArray]:
        """Return what `run` returns for each batch, in order."""
        ...


def checked_logits(values: Any, n_texts: int, n_outputs: int) -> FloatArray:
    """Return what a model gave as float32 of shape (n_texts, n_outputs).

    Raises:
        ArtifactError: If it is not that, or holds what is no number: a model that does so is
            damaged, or was never one.
    """
    try:
        logits = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise ArtifactError(
            "Expected numbers as logits from the model, found something else. Save the model again."
        ) from error
    if logits.shape != (n_texts, n_outputs):
        raise ArtifactError(
            f"Expected logits of shape {(n_texts, n_outputs)} from the model, found "
            f"{logits.shape}. Save the model again."
        )
    if not np.isfinite(logits).all():
        raise ArtifactError(
            "Expected finite logits from the model, found some that are none: its weights are "
            "damaged. Copy or save the model again."
        )
    return logits
