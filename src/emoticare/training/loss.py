"""What training makes small."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits


def classification_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy, the mean over texts and labels.

    Args:
        logits: Shape (n_texts, n_labels).
        labels: From 0 to 1, same shape; what is unknown (nan) counts as no loss.
    """
    return _known_losses(logits, labels).mean()


def distillation_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    soft: torch.Tensor,
    *,
    temperature: float,
    teacher_weight: float | torch.Tensor,
) -> torch.Tensor:
    """Return the teachers' probabilities and the labels, mixed.

    `teacher_weight * T^2 * BCE(logits / T, soft) + (1 - teacher_weight) * BCE(logits, labels)`; the
    factor T^2 keeps the first term's gradients at their size whatever the temperature. For a text
    that no teacher knows, the labels count in full; for one without any label, the teachers. Where
    only some labels of a text are unknown, its teachers count there as elsewhere.

    Args:
        logits: The student's, shape (n_texts, n_labels).
        labels: From 0 to 1, or nan, same shape.
        soft: The teachers' probabilities at the temperature, or rows of nan, same shape.
        temperature: T, above 0.
        teacher_weight: In [0, 1], of all texts or, shape (n_texts, 1), of each.

    Source: Hinton, Vinyals & Dean (2015), "Distilling the knowledge in a neural network", for each
        label as a classification of its own.
    """
    is_taught = ~soft.isnan()
    from_teachers = binary_cross_entropy_with_logits(
        logits / temperature, soft.nan_to_num(), reduction="none"
    )
    is_unlabelled = labels.isnan().all(dim=1, keepdim=True)
    weight = torch.where(is_unlabelled, 1.0, teacher_weight) * is_taught
    from_labels = _known_losses(logits, labels)
    return (weight * temperature**2 * from_teachers + (1 - weight) * from_labels).mean()


def _known_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each label; 0 where it is unknown."""
    losses = binary_cross_entropy_with_logits(logits, labels.nan_to_num(), reduction="none")
    return losses * ~labels.isnan()
