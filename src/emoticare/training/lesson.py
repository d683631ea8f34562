"""What a model learns from: texts with labels, with teachers' probabilities, or with both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from emoticare.data.dataset import Split
from emoticare.errors import UsageError
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import clean_texts
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.teacher_outputs import TeacherOutputs


@dataclass(frozen=True, eq=False)
class Lesson:
    """Texts and what to say of them.

    Attributes:
        texts: The texts.
        labels: 0 or 1, float32 of shape (n_texts, n_labels); nan in the rows of texts without.
        soft: The teachers' mean probabilities at the temperature of distillation, float32 of the
            same shape; None without teachers.
    """

    texts: list[str]
    labels: FloatArray
    soft: FloatArray | None = None

    @classmethod
    def of_split(cls, split: Split) -> "Lesson":
        """Learns the labels of a split."""
        return cls(split.texts, split.multi_hot.astype(np.float32))

    @classmethod
    def of_teachers(
        cls,
        split: Split,
        unlabelled: Sequence[str],
        teachers: Sequence[TeacherOutputs],
        temperature: float,
    ) -> "Lesson":
        """Learns the labels of a split, and what teachers say of it and of unlabelled texts.

        Args:
            split: Texts with labels.
            unlabelled: Texts without.
            teachers: All with the same labels, in the order of the split's.
            temperature: Divides the teachers' logits.

        Raises:
            UsageError: If the teachers differ in their labels.
            DataError: If a teacher has not seen one of the texts.
        """
        if len({teacher.labels for teacher in teachers}) != 1:
            raise UsageError("Expected teachers with the same labels. Name teachers of one task.")
        texts = [*split.texts, *unlabelled]
        soft = np.mean(
            [sigmoid(teacher.of(texts).astype(np.float32) / temperature) for teacher in teachers],
            axis=0,
        )
        unknown = np.full((len(unlabelled), split.multi_hot.shape[1]), np.nan, np.float32)
        labels = np.concatenate([split.multi_hot.astype(np.float32), unknown])
        return cls(texts, labels, np.asarray(soft, np.float32))


class TokenizedLesson(torch.utils.data.Dataset[dict[str, Any]]):
    """A lesson as token ids and targets.

    Args:
        lesson: Texts and targets.
        tokenizer: The tokenizer of the model, which also cuts.
    """

    def __init__(self, lesson: Lesson, tokenizer: TextTokenizer) -> None:
        tokenized = tokenizer.encode(list(clean_texts(lesson.texts)))
        self._input_ids = [text.input_ids for text in tokenized]
        self._targets = {"labels": lesson.labels}
        if lesson.soft is not None:
            self._targets["soft"] = lesson.soft

    def __len__(self) -> int:
        return len(self._input_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        targets = {name: rows[index] for name, rows in self._targets.items()}
        return {"input_ids": self._input_ids[index], **targets}


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pads the examples of a batch; targets are float32 of shape (n_texts, n_labels)."""
    lengths = [len(example["input_ids"]) for example in examples]
    input_ids = torch.zeros(len(examples), max(lengths), dtype=torch.long)
    attention_mask = torch.zeros_like(input_ids)
    for row, (example, length) in enumerate(zip(examples, lengths, strict=True)):
        input_ids[row, :length] = torch.tensor(example["input_ids"])
        attention_mask[row, :length] = 1
    targets = {
        name: torch.from_numpy(np.stack([example[name] for example in examples]))
        for name in examples[0]
        if name != "input_ids"
    }
    return {"input_ids": input_ids, "attention_mask": attention_mask, **targets}
