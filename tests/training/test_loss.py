import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emoticare.training.loss import classification_loss, distillation_loss

LOGITS = torch.tensor([[2.0, -1.0], [0.5, 0.0], [-3.0, 1.0]])
LABELS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
NAN = float("nan")


def test_classification_loss_is_binary_cross_entropy() -> None:
    expected = torch.nn.BCEWithLogitsLoss()(LOGITS, LABELS)
    assert torch.isclose(classification_loss(LOGITS, LABELS), expected)


def test_rows_without_labels_give_no_loss_and_no_gradient() -> None:
    labels = LABELS.clone()
    labels[2] = NAN
    logits = LOGITS.clone().requires_grad_()
    loss = classification_loss(logits, labels)
    loss.backward()
    assert torch.isclose(loss, torch.nn.BCEWithLogitsLoss()(LOGITS[:2], LABELS[:2]) * 2 / 3)
    assert logits.grad is not None
    assert not logits.grad[2].any()
    assert logits.grad[:2].all()


def test_without_teacher_weight_only_labels_count_and_the_reverse() -> None:
    soft = torch.full_like(LABELS, 0.3)
    alone = distillation_loss(LOGITS, LABELS, soft, temperature=2.0, teacher_weight=0.0)
    assert torch.isclose(alone, classification_loss(LOGITS, LABELS))
    unlabelled = torch.full_like(LABELS, NAN)
    taught = distillation_loss(LOGITS, unlabelled, soft, temperature=1.0, teacher_weight=1.0)
    assert torch.isclose(taught, torch.nn.BCEWithLogitsLoss()(LOGITS, soft))


def test_what_no_teacher_knows_is_learned_from_labels_in_full() -> None:
    soft = torch.full_like(LABELS, NAN)
    mixed = distillation_loss(LOGITS, LABELS, soft, temperature=2.0, teacher_weight=0.7)
    assert torch.isclose(mixed, classification_loss(LOGITS, LABELS))


def test_where_there_are_no_labels_the_teachers_count_in_full() -> None:
    soft = torch.full_like(LABELS, 0.3)
    unlabelled = torch.full_like(LABELS, NAN)
    partly, alone = (
        distillation_loss(LOGITS, unlabelled, soft, temperature=2.0, teacher_weight=weight)
        for weight in (0.7, 1.0)
    )
    assert torch.isclose(partly, alone)


def test_an_unknown_label_among_known_ones_leaves_teachers_their_weight() -> None:
    soft = torch.full_like(LABELS, 0.3)
    labels = LABELS.clone()
    labels[0, 0] = NAN
    logits = LOGITS.clone().requires_grad_()
    distillation_loss(logits, labels, soft, temperature=1.0, teacher_weight=0.7).backward()
    assert logits.grad is not None
    from_teacher = 0.7 * (LOGITS[0, 0].sigmoid() - 0.3) / LABELS.numel()
    assert torch.isclose(logits.grad[0, 0], from_teacher)


@given(temperature=st.floats(0.5, 8))
def test_a_student_that_equals_its_teacher_is_at_the_minimum(temperature: float) -> None:
    logits = LOGITS.clone().requires_grad_()
    soft = (LOGITS / temperature).sigmoid()
    unlabelled = torch.full_like(LABELS, NAN)
    distillation_loss(
        logits, unlabelled, soft, temperature=temperature, teacher_weight=1.0
    ).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() == pytest.approx(0, abs=1e-5)
