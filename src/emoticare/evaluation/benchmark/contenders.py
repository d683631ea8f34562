"""The contenders: each loads a model and returns a function that scores a list of texts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

Scorer = Callable[[list[str]], object]

_TOKENS_A_BATCH: Final = 1024


def open_own(model: str | None = None, threads: int | None = None) -> Scorer:
    """EmotiCare itself, as a user calls it: labels and all scores of every text."""
    from emoticare.classifier import load

    return load(model, threads=threads).predict


def open_pipeline(folder: str, threads: int, batch_size: int | None = None) -> Scorer:
    """Return the Hugging Face pipeline, with all scores of every text, as a model card shows it.

    Args:
        folder: Of the model.
        threads: Of PyTorch.
        batch_size: None for the default call.
    """
    import torch
    from transformers import pipeline

    torch.set_num_threads(threads)
    classify = pipeline("text-classification", model=folder, top_k=None, device="cpu")
    options = {} if batch_size is None else {"batch_size": batch_size}
    return lambda texts: classify(texts, truncation=True, **options)


def open_plain_onnx(folder: str, threads: int, max_length: int) -> Scorer:
    """Return a plain loop over ONNX Runtime: sorted by length, 1,024 tokens a batch, sigmoid.

    Args:
        folder: Of model.onnx and tokenizer.json.
        threads: Of ONNX Runtime.
        max_length: Most tokens of a text.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        Path(folder) / "model.onnx", options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(max_length)
    tokenizer.no_padding()

    def score(texts: list[str]) -> object:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        probabilities: list[Any] = [None] * len(ids)
        while order:
            batch = _next_batch(order, ids)
            logits = session.run(["logits"], _padded([ids[i] for i in batch]))[0]
            for i, row in zip(batch, 1 / (1 + np.exp(-logits)), strict=True):
                probabilities[i] = row
        return np.array(probabilities)

    return score


def _next_batch(order: list[int], ids: Sequence[Sequence[int]]) -> list[int]:
    """Take the longest texts that are left, as many as the budget allows."""
    n_texts = max(1, _TOKENS_A_BATCH // len(ids[order[-1]]))
    batch = order[-n_texts:]
    del order[-n_texts:]
    return batch


def _padded(ids: Sequence[Sequence[int]]) -> dict[str, Any]:
    input_ids = np.zeros((len(ids), max(map(len, ids))), np.int64)
    attention_mask = np.zeros_like(input_ids)
    for row, text in enumerate(ids):
        input_ids[row, : len(text)] = text
        attention_mask[row, : len(text)] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}


CONTENDERS: Final[dict[str, Callable[..., Scorer]]] = {
    "own": open_own,
    "pipeline": open_pipeline,
    "plain_ort": open_plain_onnx,
}
