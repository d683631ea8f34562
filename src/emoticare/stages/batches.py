"""Tokens -> padded batches, cut by a token budget so that padding and memory stay small."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

# Larger batches leave the processor's cache and are slower.
TOKEN_BUDGET = 1024


def cut_batches(lengths: Sequence[int], token_budget: int = TOKEN_BUDGET) -> list[IntArray]:
    """Groups texts of like length.

    Args:
        lengths: Tokens of each text.
        token_budget: Most tokens of a batch, padding included; a longer text is a batch alone.

    Returns:
        Positions in `lengths`, each once, in batches of rising length.
    """
    order = np.argsort(np.asarray(lengths, np.int64), kind="stable")
    batches = []
    start = 0
    for end, position in enumerate(order):
        if end > start and (end - start + 1) * lengths[position] > token_budget:
            batches.append(order[start:end])
            start = end
    if start < len(order):
        batches.append(order[start:])
    return batches


def pad(input_ids: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Pads the texts of one batch with id 0 to the longest, and that to an even length.

    An even number of rows keeps the scores of the 8-bit kernels independent of the batch: see
    `Int8Graph.tokens_read`.

    Returns:
        `input_ids` and `attention_mask`, both int64 of shape (n_texts, n_tokens).
    """
    n_tokens = 2 * -(-max(map(len, input_ids)) // 2)
    padded = np.zeros((len(input_ids), n_tokens), np.int64)
    mask = np.zeros_like(padded)
    for row, ids in enumerate(input_ids):
        padded[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    return padded, mask
