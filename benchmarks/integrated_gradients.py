"""Integrated gradients: a reference for occlusion, by PyTorch (the extra `train`)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from emoticare.errors import MissingExtraError
from emoticare.meaning.explanation.occlusion import Occlusion, token_starts
from emoticare.stages.probabilities import FloatArray
from emoticare.stages.text import clean_text

if TYPE_CHECKING:
    from emoticare.classifier import EmotionClassifier

_STEPS: Final = 32


class IntegratedGradients:
    """Says by gradients how much each word moves one label.

    The embeddings of the words grow from those of padding to their own, in steps; a word's effect
    is the sum along the way of the logit's gradient times the embedding's growth.

    Args:
        classifier: The model; its weights are read back as float32.

    Raises:
        MissingExtraError: If PyTorch is not installed.

    Source: Sundararajan, Taly & Yan (2017), "Axiomatic attribution for deep networks".
    """

    def __init__(self, classifier: "EmotionClassifier") -> None:
        try:
            import torch

            from emoticare.engines.torch import TorchEngine

            # Rounding to 8 bits has no gradient.
            model = replace(classifier.artifact.float_model(), ranges={})
        except ImportError as error:
            raise MissingExtraError("Integrated gradients", "train") from error
        self._classifier = classifier
        self._engine = TorchEngine(model, "cpu", torch.float32)

    def effects(self, text: str, label: str) -> FloatArray:
        """Return the effect of each word of `explain`, float32 of shape (n_words,).

        Args:
            text: The text.
            label: A label of the model.
        """
        import torch

        text = clean_text(text)
        occlusion = Occlusion.of(
            self._classifier.tokenize, self._classifier.tokenizer.offsets, text
        )
        whole = occlusion.copies[0]
        starts = token_starts(self._classifier.tokenizer.offsets, text, whole)
        column = self._classifier.labels.index(label)
        own = self._engine.embed(torch.tensor([whole.input_ids]))
        is_word = torch.tensor([start is not None for start in starts])[None, :, None]
        growth = (
            own * is_word
            - self._engine.embed(torch.zeros(own.shape[:2], dtype=torch.long)) * is_word
        )
        shares = (torch.arange(_STEPS) + 0.5) / _STEPS
        words = (own - growth + shares[:, None, None] * growth).requires_grad_()
        mask = torch.ones((_STEPS, 1, 1, own.shape[1]), dtype=torch.bool)
        logits = self._engine.forward(words, mask)[:, column].sum()
        (gradient,) = torch.autograd.grad(logits, words)
        by_token = (gradient.mean(0) * growth[0]).sum(-1).detach().numpy()
        return np.array(
            [
                sum(
                    effect
                    for effect, start in zip(by_token, starts, strict=True)
                    if start is not None and unit.start <= start < unit.end
                )
                for unit in occlusion.words
            ],
            np.float32,
        )
