import dataclasses
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from emoticare.data.dataset import Split
from emoticare.data.goemotions import read_goemotions
from emoticare.data.identity import FURTHER_GROUPS, neutral_statements
from emoticare.data.indifference import indifferent_statements
from emoticare.data.mixture import Source
from emoticare.errors import DataError, UsageError
from emoticare.stages.text import Readable, Reply
from emoticare.training.augmentation import Example
from emoticare.training.distillation_dataset import (
    DistillationDataset,
    Heads,
    TokenizedDataset,
    collate,
)
from emoticare.training.presets import load_preset
from emoticare.training.run import train_model
from emoticare.training.teacher_outputs import TeacherOutputs, distillation_texts, text_keys

SPLIT = Split("train", ["one", "two"], np.array([[1, 0], [0, 1]], np.bool_), ["1", "2"])
TEXTS = ["two", "three", "one"]
STATEMENTS = [text for wordings in neutral_statements() for text in wordings]


def teacher(logits: list[list[float]], labels: tuple[str, ...] = ("a", "b")) -> TeacherOutputs:
    of_statements = np.arange(2 * len(STATEMENTS)).reshape(-1, 2) % 5
    rows = np.concatenate([logits, of_statements]).astype(np.float16)
    return TeacherOutputs(labels, text_keys([*TEXTS, *STATEMENTS]), rows, ({"seed": 1},))


def dataset_of(
    teachers: list[TeacherOutputs], unlabelled: list[str], temperature: float = 1.0
) -> DistillationDataset:
    return DistillationDataset.from_teachers(
        SPLIT, unlabelled, teachers, temperature=temperature, augmentation=None
    )


FIRST = teacher([[0, 2], [4, -4], [2, 0]])
SECOND = teacher([[0, -2], [4, -4], [2, 0]])


def test_teachers_are_averaged_as_probabilities_in_the_order_of_the_texts() -> None:
    dataset = dataset_of([FIRST, SECOND], ["three"], temperature=2.0)
    assert dataset.texts[:3] == ["one", "two", "three"]
    assert dataset.soft is not None
    high, low = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))
    expected = [[1 / (1 + np.exp(-1)), 0.5], [0.5, 0.5], [high, low]]
    np.testing.assert_allclose(dataset.soft[:3], expected, atol=1e-3)
    assert dataset.labels[:2].tolist() == [[1, 0], [0, 1]]
    assert np.isnan(dataset.labels[2:]).all()


def test_a_statement_has_one_target_whichever_group_it_is_about() -> None:
    dataset = dataset_of([FIRST], [])
    further = [text for wordings in neutral_statements(FURTHER_GROUPS) for text in wordings]
    assert dataset.texts[2:] == [*STATEMENTS, *further]
    assert dataset.soft is not None
    start = 2
    for wordings in neutral_statements():
        target = FIRST.logits_for(wordings).astype(np.float32).mean(axis=0)
        rows = dataset.soft[start : start + len(wordings)]
        np.testing.assert_allclose(rows, [1 / (1 + np.exp(-target))] * len(wordings), rtol=1e-5)
        start += len(wordings)
        others = neutral_statements(FURTHER_GROUPS)[neutral_statements().index(wordings)]
        same = dataset.soft[[dataset.texts.index(text) for text in others]]
        assert len(others) == len(FURTHER_GROUPS)
        assert (same == rows[0]).all()
    assert np.isnan(dataset.labels[2:]).all()


def test_statements_of_indifference_are_neutral_where_that_is_a_label() -> None:
    known = teacher([[0, 2], [4, -4], [2, 0]], labels=("joy", "neutral"))
    dataset = dataset_of([known], ["three"])
    statements = indifferent_statements()
    assert dataset.texts[-len(statements) :] == statements
    assert dataset.labels[-len(statements) :].tolist() == [[0, 1]] * len(statements)
    assert dataset.soft is not None
    assert np.isnan(dataset.soft[-len(statements) :]).all()
    assert not set(statements) & set(dataset_of([FIRST], ["three"]).texts)


def test_labels_and_teachers_are_blended_where_both_are_known() -> None:
    nan = float("nan")
    labels, soft = np.float32([[1, nan], [0, 1], [nan, 0]]), np.float32([[0.5, 0.2]] * 3)
    soft[1] = nan
    dataset = DistillationDataset(["a", "b", "c"], labels, soft)
    wanted = np.array([[0.6, 0.2], [0, 1], [0.5, 0.16]])
    np.testing.assert_allclose(dataset.blended(0.2), wanted, atol=1e-6)


def test_teachers_of_other_labels_or_texts_are_refused() -> None:
    other = teacher([[0, 0]] * 3, labels=("b", "a"))
    with pytest.raises(UsageError, match="same labels"):
        dataset_of([FIRST, other], [])
    with pytest.raises(DataError, match="lack 1 of"):
        dataset_of([FIRST], ["four"])


def test_a_batch_has_the_targets_there_are() -> None:
    class Words:
        def encode(self, texts: list[str]) -> list[object]:
            return [type("Tokens", (), {"input_ids": list(range(len(text)))})() for text in texts]

    plain = TokenizedDataset(DistillationDataset.from_split(SPLIT), Words())  # type: ignore[arg-type]
    assert set(collate([plain[0], plain[1]])) == {"input_ids", "attention_mask", "labels"}
    dataset = TokenizedDataset(dataset_of([FIRST], ["three"]), Words())  # type: ignore[arg-type]
    batch = collate([dataset[0], dataset[2]])
    assert batch["soft"].shape == batch["labels"].shape == (2, 2)
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]


class Doubling:
    def apply(self, example: Example, chance: Random) -> Example:
        return Example(example.text * 2 + str(chance.random()), example.labels, example.soft)

    def join_pairs(self, examples: list[Example], _chance: Random) -> list[Example]:
        return [examples[1]]


def test_texts_are_rewritten_anew_each_time_and_again_alike_after_a_resume() -> None:
    class Words:
        def encode(self, texts: list[str]) -> list[object]:
            return [type("Tokens", (), {"input_ids": list(map(ord, text))})() for text in texts]

    taught = dataclasses.replace(dataset_of([FIRST], []), augmentation=Doubling())
    dataset = TokenizedDataset(taught, Words())  # type: ignore[arg-type]
    assert len(dataset) == len(taught.texts) + 1
    assert dataset[-1]["labels"].tolist() == [0, 1]
    torch.manual_seed(3)
    drawn = [dataset[0], dataset[0]]
    assert drawn[0]["input_ids"][:6] == list(map(ord, "oneone"))
    assert drawn[0]["input_ids"] != drawn[1]["input_ids"]
    torch.manual_seed(3)
    assert dataset[0]["input_ids"] == drawn[0]["input_ids"]


def test_a_student_learns_what_only_its_teacher_says(
    tiny_bert: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    whole = read_goemotions(tiny_goemotions)
    texts = ["i feel so much today", "you are the !"]
    asked = distillation_texts(whole.train.texts, texts)
    # Whatever the labels say, this teacher sees joy everywhere.
    logits = np.full((len(asked), len(whole.labels)), -6, np.float16)
    logits[:, whole.labels.index("joy")] = 6
    outputs = TeacherOutputs(whole.labels, text_keys(asked), logits, ({"seed": 9},))
    preset = dataclasses.replace(
        load_preset("emoticare", base=str(tiny_bert), epochs=8, learning_rate=1e-3),
        teacher_weight=1.0,
    )
    artifact = train_model(
        whole, preset, out=tmp_path, seed=0, teachers=[outputs], unlabelled=texts
    )
    provenance = artifact.config.provenance
    assert provenance["teachers"] == [{"seed": 9}]
    assert provenance["n_unlabelled"] == 2
    # A student that says what its teacher does is left with the teacher's own doubt.
    sure = 1 / (1 + np.exp(-6 / preset.temperature))
    doubt = -sure * np.log(sure) - (1 - sure) * np.log(1 - sure)
    lowest = preset.temperature**2 * doubt
    assert provenance["training_log"][-1]["train_loss"] == pytest.approx(lowest, rel=0.05)


SOURCE = Source(
    "tweets",
    0.25,
    ["three", "four"],
    np.array([[np.nan, np.nan], [0.5, np.nan]], np.float32),
    {"four": "five"},
)


def test_a_further_source_is_learned_as_far_as_it_is_known() -> None:
    dataset = DistillationDataset.from_teachers(
        SPLIT, [], [FIRST], temperature=1.0, augmentation=None, mixture=[SOURCE]
    )
    assert dataset.texts[-2:] == ["three", "four"]
    assert dataset.shares == (0.75, 0.25)
    assert dataset.sources().tolist() == [0] * (len(dataset.texts) - 2) + [1, 1]
    np.testing.assert_equal(dataset.labels[-2:], SOURCE.labels)
    assert dataset.soft is not None
    assert dataset.soft[-2] == pytest.approx([1 / (1 + np.exp(-4)), 1 / (1 + np.exp(4))], abs=1e-3)
    assert np.isnan(dataset.soft[-1]).all()


def test_of_risks_is_known_what_sources_tell() -> None:
    risks = np.array([[0.95, 0.01, 0.01], [np.nan] * 3], np.float32)
    told = replace(SOURCE, risks=risks)
    dataset = DistillationDataset.from_teachers(
        SPLIT, [], [FIRST], temperature=1.0, augmentation=None, mixture=[told, SOURCE]
    )
    assert dataset.risks is not None
    assert len(dataset.risks) == len(dataset.texts)
    assert np.isnan(dataset.risks[:-4]).all()
    np.testing.assert_equal(dataset.risks[-4:-2], risks)
    assert np.isnan(dataset.risks[-2:]).all()


def test_a_text_without_labels_and_teachers_is_refused() -> None:
    with pytest.raises(UsageError, match="1 text without labels"):
        DistillationDataset.from_split(SPLIT, [SOURCE])


class Words:
    """Tokens by the character, those of a context in front."""

    def encode(self, texts: list[Readable]) -> list[object]:
        whole = [t.context + t.text if isinstance(t, Reply) else t for t in texts]
        return [type("Tokens", (), {"input_ids": list(map(ord, text))})() for text in whole]


class Joining:
    """Joins each source's first text with its last."""

    def join_pairs(self, examples: list[Example], _chance: Random) -> list[Example]:
        first, last = examples[0], examples[-1]
        return [Example(f"{first.text} {last.text}", last.labels, last.soft)]

    def apply(self, example: Example, _chance: Random) -> Example:
        return example


def mixed_dataset(augmentation: object = None) -> DistillationDataset:
    return DistillationDataset.from_teachers(
        SPLIT,
        [],
        [FIRST],
        temperature=1.0,
        augmentation=augmentation,  # type: ignore[arg-type]
        mixture=[SOURCE],
    )


def test_pairs_are_joined_within_each_source() -> None:
    dataset = mixed_dataset(Joining())
    tokenized = TokenizedDataset(dataset, Words())  # type: ignore[arg-type]
    n_own = len(dataset.texts) - 2
    assert tokenized.sources.tolist() == [0] * (n_own + 1) + [1] * 3
    assert tokenized.lengths[n_own] == len(f"one {dataset.texts[n_own - 1]}")
    assert tokenized.lengths[-3:] == [5, 4, len("three four")]
    joined = tokenized[n_own + 3]
    np.testing.assert_equal(joined["labels"], SOURCE.labels[1])


REPLIES = replace(SOURCE, labels=np.eye(2, dtype=np.float32), contexts=["", "five?"])


def test_a_reply_is_learned_with_what_was_said_before_it() -> None:
    dataset = DistillationDataset.from_teachers(
        SPLIT, [], [FIRST], temperature=1.0, augmentation=None, mixture=[SOURCE, REPLIES]
    )
    assert list(dataset.contexts[-4:]) == ["", "", "", "five?"]
    assert not any(dataset.contexts[:-1])
    tokenized = TokenizedDataset(dataset, Words())  # type: ignore[arg-type]
    assert len(tokenized.lengths) == len(dataset.contexts)
    assert tokenized[len(tokenized) - 1]["input_ids"] == list(map(ord, "five?four"))


def test_of_a_reply_teachers_say_nothing() -> None:
    known = replace(REPLIES, texts=["three", "three"])
    dataset = DistillationDataset.from_teachers(
        SPLIT, [], [FIRST], temperature=1.0, augmentation=None, mixture=[known]
    )
    assert dataset.soft is not None
    assert not np.isnan(dataset.soft[-2]).any()
    assert np.isnan(dataset.soft[-1]).all()


def test_replies_are_rewritten_but_not_joined() -> None:
    dataset = DistillationDataset.from_teachers(
        SPLIT,
        [],
        [FIRST],
        temperature=1.0,
        augmentation=Joining(),  # type: ignore[arg-type]
        mixture=[replace(REPLIES, texts=["three", "four"])],
    )
    tokenized = TokenizedDataset(dataset, Words())  # type: ignore[arg-type]
    last = [tokenized[i]["input_ids"] for i in range(len(tokenized) - 3, len(tokenized))]
    assert ["".join(map(chr, ids)) for ids in last] == ["three", "five?four", "three three"]


def test_each_head_learns_its_own_domain_and_both_what_is_of_none() -> None:
    dataset = mixed_dataset()
    tokenized = TokenizedDataset(dataset, Words(), Heads())  # type: ignore[arg-type]
    own, neutral, further = (tokenized[i] for i in (0, 2, len(dataset.texts) - 2))
    assert dataset.soft is not None
    for example, halves in (
        (own, (True, False)),
        (neutral, (True, True)),
        (further, (False, True)),
    ):
        known = ~np.isnan(example["soft"]).reshape(2, 2).all(axis=1)
        assert known.tolist() == list(halves)
    np.testing.assert_equal(own["labels"][:2], dataset.labels[0])
    np.testing.assert_equal(neutral["soft"], np.tile(dataset.soft[2], 2))
    np.testing.assert_equal(further["soft"][2:], dataset.soft[-2])


@pytest.mark.parametrize("head", [0, 1])
def test_an_evaluation_is_of_one_head(head: int) -> None:
    dataset = DistillationDataset.from_split(SPLIT)
    tokenized = TokenizedDataset(dataset, Words(), Heads(head))  # type: ignore[arg-type]
    labels = tokenized[0]["labels"].reshape(2, 2)
    assert labels[head].tolist() == [1, 0]
    assert np.isnan(labels[1 - head]).all()


def test_unlabelled_texts_need_a_teacher(tiny_goemotions: Path, tmp_path: Path) -> None:
    dataset = read_goemotions(tiny_goemotions)
    with pytest.raises(UsageError, match="need teachers"):
        train_model(dataset, load_preset("emoticare"), out=tmp_path, seed=0, unlabelled=["a"])
