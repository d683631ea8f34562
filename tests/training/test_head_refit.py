from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch

from emoticare.stages.probabilities import sigmoid
from emoticare.training.head_refit import refit_head

N_LABELS, N_FEATURES = 2, 4


class FeatureModel(torch.nn.Module):
    """A "network" whose features of a text are the embeddings of its tokens, added up."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = torch.nn.Embedding(10, N_FEATURES)
        self.classifier = torch.nn.Linear(N_FEATURES, N_LABELS + 1)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        embedded = self.embeddings(input_ids) * attention_mask[..., None]
        logits: torch.Tensor = self.classifier(embedded.sum(dim=1))
        return logits


def digit_tokenizer() -> Any:
    def encode(texts: list[str]) -> list[SimpleNamespace]:
        return [SimpleNamespace(input_ids=[int(digit) for digit in text]) for text in texts]

    return SimpleNamespace(encode=encode)


def test_the_head_comes_to_give_the_targets_and_nothing_else_moves() -> None:
    torch.manual_seed(0)
    model, right = FeatureModel(), FeatureModel()
    right.embeddings.load_state_dict(model.embeddings.state_dict())
    texts = ["".join(map(str, row)) for row in np.random.default_rng(0).integers(0, 10, (400, 3))]
    texts += ["7", "12345"]  # of other lengths: in batches of their own, back in their places

    def logits(of: FeatureModel) -> np.ndarray:
        rows = [
            of(torch.tensor([[int(x) for x in text]]), torch.ones(1, len(text))) for text in texts
        ]
        return torch.cat(rows).detach().numpy()

    targets = sigmoid(logits(right))[:, :N_LABELS]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    error_before = np.abs(sigmoid(logits(model))[:, :N_LABELS] - targets).mean()

    refit_head(cast("Any", model), texts, targets, digit_tokenizer())

    error = np.abs(sigmoid(logits(model))[:, :N_LABELS] - targets).mean()
    assert error < 0.02 < error_before
    after = model.state_dict()
    assert torch.equal(after["embeddings.weight"], before["embeddings.weight"])
    assert torch.equal(
        after["classifier.weight"][N_LABELS:], before["classifier.weight"][N_LABELS:]
    )
    assert torch.equal(after["classifier.bias"][N_LABELS:], before["classifier.bias"][N_LABELS:])
