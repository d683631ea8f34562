"""Tokens -> padded batches, cut by a token budget so that padding and memory stay small."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

# Larger batches leave the processor's cache and are slower, smaller ones cost more calls.
TOKEN_BUDGET = 384
# Fewer tokens than this are not worth a batch of their own.
_FEWEST_TOKENS = 64


def cut_batches(lengths: Sequence[int], token_budget: int = TOKEN_BUDGET) -> list[IntArray]:
    """Group texts of like length.

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


def shared_budget(n_tokens: int, token_budget: int, n_parallel: int) -> int:
    """Lower a token budget so that a few texts still keep all threads of an engine at work.

    Args:
        n_tokens: Of all texts.
        token_budget: Most tokens of a batch.
        n_parallel: Batches that run at the same time.
    """
    share = -(-n_tokens // n_parallel)
    return min(token_budget, max(share, _FEWEST_TOKENS))


def pad(input_ids: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Pad the texts of one batch with id 0 to the longest.

    Returns:
        `input_ids` and `attention_mask`, both int64 of shape (n_texts, n_tokens).
    """
    padded = np.zeros((len(input_ids), max(map(len, input_ids))), np.int64)
    mask = np.zeros_like(padded)
    for row, ids in enumerate(input_ids):
        padded[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    return padded, mask
