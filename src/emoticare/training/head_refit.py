"""Fits the head for the labelled data once more, on the features of a network that has learned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from emoticare.stages.batches import cut_batches, pad
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.tokens import TextTokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Of the squared distance from the head that was there: chosen on dev, among 3e-5, 3e-4 and 3e-3.
_STAY_NEAR: Final = 3e-4
_MOST_STEPS: Final = 60


def refit_head(
    model: "PreTrainedModel",
    texts: Sequence[str],
    targets: FloatArray,
    tokenizer: TextTokenizer,
) -> None:
    """Fit the first outputs of the classifier to the targets, in place; nothing else moves.

    What a network has come to know of other texts moves the features under the head. Given them,
    the best head is the optimum of a convex problem, found in seconds.

    Args:
        model: A DistilBERT sequence classifier.
        texts: Clean texts, n_texts of them.
        targets: Probabilities of the first n_labels outputs, of shape (n_texts, n_labels).
        tokenizer: Cuts texts to the recipe's length.
    """
    features = torch.from_numpy(_features(model, texts, tokenizer))
    n_labels = targets.shape[1]
    wanted = torch.from_numpy(targets.astype(np.float32))
    head = model.classifier
    start = head.weight.detach()[:n_labels].clone()
    weight = start.clone().requires_grad_()
    bias = head.bias.detach()[:n_labels].clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=_MOST_STEPS, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        optimizer.zero_grad()
        logits = features @ weight.T + bias
        loss = binary_cross_entropy_with_logits(logits, wanted) * n_labels
        loss = loss + _STAY_NEAR * ((weight - start) ** 2).sum()
        loss.backward()
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        head.weight[:n_labels] = weight
        head.bias[:n_labels] = bias


@torch.inference_mode()
def _features(
    model: "PreTrainedModel", texts: Sequence[str], tokenizer: TextTokenizer
) -> FloatArray:
    """Return what the classifier sees of each text, float32 of shape (n_texts, n_features)."""
    model.eval()
    tokenized = [text.input_ids for text in tokenizer.encode(texts)]
    features = np.empty((len(texts), model.classifier.in_features), np.float32)
    seen: list[torch.Tensor] = []
    hook = model.classifier.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    try:
        for batch in cut_batches([len(input_ids) for input_ids in tokenized]):
            input_ids, mask = map(torch.from_numpy, pad([tokenized[i] for i in batch]))
            model(input_ids=input_ids, attention_mask=mask)
            features[batch] = seen.pop().numpy()
    finally:
        hook.remove()
    return features
