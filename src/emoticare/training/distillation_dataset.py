"""What a model learns from: texts with labels, with teachers' probabilities, or with both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise, repeat
from operator import not_
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from emoticare.data.dataset import Split
from emoticare.data.identity import FURTHER_GROUPS, neutral_statements
from emoticare.data.indifference import indifferent_statements
from emoticare.data.mixture import Source, share_of_rest
from emoticare.errors import UsageError, number_of
from emoticare.labels import RISKS
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import clean_texts, in_context
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.augmentation import NEUTRAL, Augmentation, Example
from emoticare.training.teacher_outputs import TeacherOutputs, distillation_texts, mean_outputs


@dataclass(frozen=True, eq=False)
class DistillationDataset:
    """Texts and what to say of them.

    Attributes:
        texts: Clean texts.
        labels: From 0 to 1, float32 of shape (n_texts, n_labels); nan where unknown.
        soft: The teachers' probabilities at the temperature of distillation, float32 of the same
            shape, nan in the rows of texts that they have not seen; None without teachers.
        augmentation: Rewrites a text anew each time that it comes up; None keeps texts as they are.
        further: The place of each further source's first text, in ascending order; what comes
            before are the labelled data and what belongs to them.
        shared: Where texts begin and end that are of no domain: statements that every reader of
            any domain calls neutral.
        shares: Of the labelled data and of each further source in an epoch; they sum to 1.
        risks: From 0 to 1, float32 of shape (n_texts, n_risks), nan where unknown; None where
            nothing is known of any text.
        contexts: What was said before each text, "" for nothing; empty where there is none at all.
    """

    texts: list[str]
    labels: FloatArray
    soft: FloatArray | None = None
    augmentation: Augmentation | None = None
    further: tuple[int, ...] = ()
    shared: tuple[int, int] = (0, 0)
    shares: tuple[float, ...] = (1.0,)
    risks: FloatArray | None = None
    contexts: Sequence[str] = ()

    @classmethod
    def from_split(cls, split: Split, mixture: Sequence[Source] = ()) -> "DistillationDataset":
        """Learn the labels of a split, and those of further sources.

        Raises:
            UsageError: If a text of a source has no label at all, or the sources' shares leave
                nothing to the split.
        """
        dataset = cls(list(clean_texts(split.texts)), split.multi_hot.astype(np.float32))
        return dataset.mixed_with(mixture)

    @classmethod
    def from_teachers(
        cls,
        split: Split,
        unlabelled: Sequence[str],
        teachers: Sequence[TeacherOutputs],
        *,
        temperature: float,
        augmentation: Augmentation | None,
        mixture: Sequence[Source] = (),
    ) -> "DistillationDataset":
        """Learn the labels of a split, and what teachers say of it and of more texts.

        To the unlabelled texts come neutral statements about groups of people, for each of which
        the teachers' mean over all groups is learned, also of groups that no teacher was asked
        about; and where "neutral" is a label, statements of indifference, which are neutral.

        Args:
            split: Texts with labels.
            unlabelled: Texts without.
            teachers: All with the same labels, in the order of the split's.
            temperature: Divides the logits of the teachers' mean probabilities.
            augmentation: See the attribute.
            mixture: Further sources; what teachers say of their texts is learned where they have
                seen them, except of replies: no teacher was told what was said before.

        Raises:
            UsageError: If the teachers differ in their labels, or the sources' shares leave nothing
                to the split.
            DataError: If no teacher has seen one of the texts.
        """
        texts = list(clean_texts(distillation_texts(split.texts, unlabelled)))
        logits = mean_outputs(teachers, texts).logits_for(texts).astype(np.float32)
        n_own = len(split.texts) + len(unlabelled)
        further, further_logits = _even_out(logits[n_own:])
        logits = np.concatenate([logits, further_logits])
        labels = np.full_like(logits, np.nan)
        labels[: len(split.texts)] = split.multi_hot
        indifferent = _indifferent(teachers[0].labels)
        dataset = cls(
            [*texts, *further, *indifferent.texts],
            np.concatenate([labels, indifferent.labels]),
            np.concatenate(
                [sigmoid(logits / temperature), np.full_like(indifferent.labels, np.nan)]
            ),
            augmentation,
            shared=(n_own, len(texts) + len(further) + len(indifferent.texts)),
        )
        return dataset.mixed_with(mixture, teachers, temperature)

    def blended(self, label_weight: float) -> FloatArray:
        """Return one probability for each text and label, of shape (n_texts, n_labels).

        Args:
            label_weight: The labels' share where teachers have seen a text that has labels, too, in
                [0, 1]. Where one of the two is unknown, the other counts alone.
        """
        if self.soft is None:
            return self.labels
        both = label_weight * self.labels + (1 - label_weight) * self.soft
        alone = np.where(np.isnan(self.labels), self.soft, self.labels)
        return np.where(np.isnan(both), alone, both).astype(np.float32)

    def mixed_with(
        self,
        mixture: Sequence[Source],
        teachers: Sequence[TeacherOutputs] = (),
        temperature: float = 1.0,
    ) -> "DistillationDataset":
        """Return the dataset with further sources behind its texts.

        Raises:
            UsageError: If a text has neither a label nor a teacher, or the sources' shares leave
                nothing to the dataset's own texts.
        """
        if not mixture:
            return self
        sizes = np.cumsum([len(self.texts), *(len(source.texts) for source in mixture)])
        dataset = replace(
            self,
            texts=[*self.texts, *clean_texts(text for s in mixture for text in s.texts)],
            labels=np.concatenate([self.labels, *(source.labels for source in mixture)]),
            further=tuple(sizes[:-1].tolist()),
            shares=(share_of_rest(mixture), *(source.share for source in mixture)),
            risks=_risks(len(self.texts), mixture),
            contexts=_contexts(len(self.texts), mixture),
        )
        if self.soft is not None:
            soft = [_soft(source, teachers, temperature) for source in mixture]
            dataset = replace(dataset, soft=np.concatenate([self.soft, *soft]))
        unknown = np.isnan(dataset.labels).all(axis=1)
        if dataset.soft is not None:
            unknown &= np.isnan(dataset.soft).all(axis=1)
        if unknown.any():
            raise UsageError(
                f"Found {number_of(int(unknown.sum()), 'text')} without labels that the teachers "
                "have not seen. Name outputs of teachers that were asked about them."
            )
        return dataset

    def sources(self) -> npt.NDArray[np.intp]:
        """Return the number of each text's source, as in `shares`; shape (n_texts,)."""
        return np.searchsorted(self.further, np.arange(len(self.texts)), side="right")


def _risks(n_own: int, mixture: Sequence[Source]) -> FloatArray | None:
    """Return the risks of the dataset's own texts, of which nothing is known, and the sources'."""
    if all(source.risks is None for source in mixture):
        return None
    parts = [
        _unknown_risks(len(source.texts)) if source.risks is None else source.risks
        for source in mixture
    ]
    return np.concatenate([_unknown_risks(n_own), *parts])


def _contexts(n_own: int, mixture: Sequence[Source]) -> list[str]:
    """Return what was said before the dataset's own texts, which is nothing, and the sources'."""
    if not any(source.contexts for source in mixture):
        return []
    parts = [source.contexts or [""] * len(source.texts) for source in mixture]
    return ["" for _ in range(n_own)] + [context for part in parts for context in part]


def _unknown_risks(n_texts: int) -> FloatArray:
    return np.full((n_texts, len(RISKS)), np.nan, np.float32)


def _soft(source: Source, teachers: Sequence[TeacherOutputs], temperature: float) -> FloatArray:
    """Return the teachers' probabilities for a source's texts; nan for those that none has seen."""
    texts = list(clean_texts(source.texts))
    is_known = np.logical_or.reduce([teacher.knows(texts) for teacher in teachers])
    if source.contexts:
        is_known &= np.array([not context for context in source.contexts])
    soft = np.full_like(source.labels, np.nan)
    known = [text for text, is_one in zip(texts, is_known, strict=True) if is_one]
    if known:
        logits = mean_outputs(teachers, known).logits_for(known).astype(np.float32)
        soft[is_known] = sigmoid(logits / temperature)
    return soft


def _even_out(logits: FloatArray) -> tuple[list[str], FloatArray]:
    """Give statements of one wording the mean of their logits, in place.

    Args:
        logits: What teachers say of `neutral_statements`, in their order; (n_statements, n_labels).

    Returns:
        Statements about further groups, and the logits of their wordings.
    """
    texts: list[str] = []
    rows: list[FloatArray] = []
    start = 0
    for wordings, further in zip(
        neutral_statements(), neutral_statements(FURTHER_GROUPS), strict=True
    ):
        of_wording = logits[start : start + len(wordings)]
        of_wording[:] = of_wording.mean(axis=0)
        rows.append(np.repeat(of_wording[:1], len(further), axis=0))
        texts += further
        start += len(wordings)
    return texts, np.concatenate(rows)


def _indifferent(labels: tuple[str, ...]) -> DistillationDataset:
    """Statements of indifference as neutral texts; none where "neutral" is no label."""
    texts = indifferent_statements() if NEUTRAL in labels else []
    neutral = np.array([label == NEUTRAL for label in labels], np.float32)
    return DistillationDataset(texts, np.tile(neutral, (len(texts), 1)))


@dataclass(frozen=True)
class Heads:
    """Two heads, one for the labelled data and one for further sources.

    Attributes:
        own: The head of all texts; None where it follows from their source.
    """

    own: int | None = None


class TokenizedDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """A dataset as the Trainer's data set.

    Args:
        dataset: What is learned.
        tokenizer: Cuts texts to the recipe's length.
        heads: The heads of a model that has two; None for one.

    Attributes:
        lengths: Tokens of each text.
        sources: The number of each text's source.
        shares: The share of each source in an epoch.
    """

    def __init__(
        self,
        dataset: DistillationDataset,
        tokenizer: TextTokenizer,
        heads: Heads | None = None,
    ) -> None:
        if dataset.augmentation:
            dataset = _with_pairs(dataset, dataset.augmentation)
        self._dataset = dataset
        self._tokenizer = tokenizer
        contexts = dataset.contexts or repeat("")
        tokenized = tokenizer.encode(list(map(in_context, dataset.texts, contexts)))
        self._input_ids = [text.input_ids for text in tokenized]
        self.lengths: list[int] = [len(input_ids) for input_ids in self._input_ids]
        self.sources: npt.NDArray[np.intp] = dataset.sources()
        self._heads = heads
        self.shares: tuple[float, ...] = dataset.shares

    def __len__(self) -> int:
        return len(self._input_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        dataset, input_ids = self._dataset, self._input_ids[index]
        risks = {} if dataset.risks is None else {"risks": dataset.risks[index]}
        if dataset.soft is None:
            labels = self._placed(dataset.labels[index], index)
            return {"input_ids": input_ids, "labels": labels, **risks}
        is_further = np.array([self.sources[index] > 0])
        example = Example(dataset.texts[index], dataset.labels[index], dataset.soft[index])
        if dataset.augmentation:
            example = dataset.augmentation.apply(example, _draw_chance())
            context = dataset.contexts[index] if dataset.contexts else ""
            text = in_context(example.text, context)
            input_ids = self._tokenizer.encode([text])[0].input_ids
        return {
            "input_ids": input_ids,
            "labels": self._placed(example.labels, index),
            "soft": self._placed(example.soft, index),
            "is_further": is_further,
            **risks,
        }

    def _placed(self, targets: FloatArray, index: int) -> FloatArray:
        """Return the targets of all heads: nan for those of which the text is not."""
        if self._heads is None:
            return targets
        start, end = self._dataset.shared
        is_shared = start <= index < end
        nothing = np.full_like(targets, np.nan)
        own = self._heads.own if self._heads.own is not None else int(self.sources[index] > 0)
        return np.concatenate([targets if is_shared or own == i else nothing for i in range(2)])


def _with_pairs(dataset: DistillationDataset, augmentation: Augmentation) -> DistillationDataset:
    """Put pairs of each source's texts behind them; of their risks nothing is known.

    Replies are in none of them.
    """
    soft = dataset.soft if dataset.soft is not None else np.full_like(dataset.labels, np.nan)
    examples = list(map(Example, dataset.texts, dataset.labels, soft))
    is_reply = list(map(bool, dataset.contexts or [""] * len(examples)))
    paired: list[Example] = []
    contexts: list[str] = []
    further: list[int] = []
    risks: list[FloatArray] = []
    for start, end in pairwise((0, *dataset.further, len(examples))):
        further.append(len(paired))
        own = examples[start:end]
        alone = list(compress(own, map(not_, is_reply[start:end])))
        pairs = augmentation.join_pairs(alone, _draw_chance())
        paired += [*own, *pairs]
        if dataset.contexts:
            contexts += [*dataset.contexts[start:end], *("" for _ in pairs)]
        if dataset.risks is not None:
            risks += [dataset.risks[start:end], _unknown_risks(len(pairs))]
    return replace(
        dataset,
        texts=[example.text for example in paired],
        labels=np.stack([example.labels for example in paired]),
        soft=np.stack([example.soft for example in paired]),
        further=tuple(further[1:]),
        risks=np.concatenate(risks) if risks else None,
        contexts=contexts,
    )


def _draw_chance() -> Random:
    """Draw a source of chance from torch's, which a resumed Trainer puts back where it was."""
    return Random(int(torch.randint(2**60, (1,)).item()))  # noqa: S311


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad the examples of a batch; targets are float32 of shape (n_texts, n_labels).

    `is_further`, bool of shape (n_texts, 1), tells which come from further sources.
    """
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
