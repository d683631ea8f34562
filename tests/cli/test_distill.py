"""The commands of distillation, end to end on tiny models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoticare.data.identity import neutral_statements
from emoticare.data.tabular import TableOptions, build_dataset
from emoticare.export.huggingface import export_hf
from emoticare.model.artifact import ModelArtifact
from emoticare.training.teacher_outputs import TeacherOutputs, load_teacher_outputs, text_keys

Command = Callable[..., Any]
N_STATEMENTS = sum(map(len, neutral_statements()))


def test_a_teacher_is_trained_asked_and_learned_from(
    emoticare: Command, tiny_base: Path, tickets: Path, tmp_path: Path
) -> None:
    unlabelled = tmp_path / "more.txt"
    unlabelled.write_text("Where is it?\nThank you all.\n", encoding="utf-8")
    common = ["--data", tickets, "--base", tiny_base, "--epochs", 2, "--batch-size", 8]
    trained = emoticare("train", "--preset", "teacher", *common, "--out", tmp_path / "t")
    assert trained.code == 0, trained.err

    outputs = tmp_path / "outputs.safetensors"
    arguments = ["--data", tickets, "--unlabelled", unlabelled, "--out", outputs]
    asked = emoticare("teacher-outputs", tmp_path / "t" / "teacher", *arguments)
    assert asked.code == 0, asked.err
    assert len(load_teacher_outputs(outputs).keys) == 32 + 4 + 2 + N_STATEMENTS
    again = emoticare("teacher-outputs", outputs, tmp_path / "t" / "teacher", *arguments)
    assert again.code == 0, again.err
    assert len(load_teacher_outputs(outputs).provenance) == 2

    student = ["--teacher-outputs", outputs, "--unlabelled", unlabelled, "--out", tmp_path / "s"]
    distilled = emoticare("distill", *common, *student)
    assert distilled.code == 0, distilled.err
    predicted = emoticare("predict", "Where is it?", "--model", tmp_path / "s" / "model")
    assert predicted.code == 0, predicted.err

    unlabelled.write_text("Other texts.\nAs many of them.\n", encoding="utf-8")
    other = emoticare("teacher-outputs", tmp_path / "t" / "teacher", *arguments)
    assert other.code == 0, other.err
    changed = emoticare("distill", *common, *student)
    assert changed.code != 0
    assert "unlabelled_checksum" in changed.err

    anew = ["--teacher", tmp_path / "t" / "teacher", "--out", tmp_path / "u"]
    assert emoticare("distill", *common, *anew).code == 0


def test_teachers_score_further_texts_alone(
    emoticare: Command, tiny_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_hf(tiny_artifact, tmp_path / "teacher")
    unlabelled = tmp_path / "more.txt"
    unlabelled.write_text("Where is it?\nThank you all.\n", encoding="utf-8")
    source = tmp_path / "chat.jsonl"
    source.write_text('{"text": "At last!", "labels": {"relief": 0.9}}\n', encoding="utf-8")
    outputs = tmp_path / "outputs.safetensors"
    arguments = ["--unlabelled", unlabelled, "--mix", f"{source}=0.1", "--out", outputs]
    asked = emoticare("teacher-outputs", tmp_path / "teacher", *arguments)
    assert asked.code == 0, asked.err
    known = load_teacher_outputs(outputs)
    assert known.knows(["Where is it?", "Thank you all.", "At last!"]).all()
    assert len(known.keys) == 3


def test_without_a_teacher_is_wrong_usage(
    emoticare: Command, tickets: Path, tmp_path: Path
) -> None:
    answer = emoticare("distill", "--data", tickets, "--out", tmp_path / "s")
    assert answer.code == 2
    assert "--teacher-outputs" in answer.err


@pytest.mark.parametrize("labels", [("a", "b"), ("account", "billing")])
def test_a_teacher_of_other_labels_is_refused(
    emoticare: Command, tickets: Path, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    texts = build_dataset(tickets, options=TableOptions()).train.texts
    logits = np.zeros((len(texts), 2), np.float16)
    file = tmp_path / "outputs.safetensors"
    TeacherOutputs(labels, text_keys(texts), logits, ()).save(file)
    arguments = ["--teacher-outputs", file, "--out", tmp_path / "s"]
    answer = emoticare("distill", "--data", tickets, *arguments)
    assert answer.code == 2
    assert "other labels" in answer.err
