from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import MPNetForSequenceClassification

from emoticare.classifier import EmotionClassifier
from emoticare.data.goemotions import read_goemotions
from emoticare.data.mixture import Source
from emoticare.errors import DataError
from emoticare.export.huggingface import export_hf
from emoticare.labels import LABELS
from emoticare.training.presets import load_preset
from emoticare.training.run import train_teacher
from emoticare.training.teacher_outputs import (
    TeacherOutputs,
    drop_unknown,
    load_teacher_outputs,
    mean_outputs,
    score_with_teacher,
    text_keys,
)

TEXTS = ["i feel joy today", "it was grief", "much !", "i feel so much fear and the anger"]


def outputs() -> TeacherOutputs:
    logits = np.arange(len(TEXTS) * 28, dtype=np.float16).reshape(len(TEXTS), 28)
    return TeacherOutputs(LABELS, text_keys(TEXTS), logits, ({"seed": 3},))


def test_saved_and_read_back_in_any_order(tmp_path: Path) -> None:
    outputs().save(tmp_path / "teacher.safetensors")
    found = load_teacher_outputs(tmp_path / "teacher.safetensors")
    assert found.labels == LABELS
    assert found.provenance == ({"seed": 3},)
    order = [2, 0, 3, 1, 1]
    assert (found.logits_for([TEXTS[i] for i in order]) == outputs().logits[order]).all()


def test_the_file_holds_no_text(tmp_path: Path) -> None:
    outputs().save(tmp_path / "teacher.safetensors")
    content = (tmp_path / "teacher.safetensors").read_bytes()
    assert not any(text.encode() in content for text in TEXTS)


def test_an_unknown_text_is_an_error_that_does_not_quote_it() -> None:
    with pytest.raises(DataError, match="lack 1 of 2 texts") as caught:
        outputs().logits_for([TEXTS[0], "a secret"])
    assert "secret" not in str(caught.value)


def test_several_teachers_are_averaged() -> None:
    first = TeacherOutputs(LABELS, outputs().keys, outputs().logits / 10 - 4, ({"seed": 3},))
    other = TeacherOutputs(LABELS, first.keys[::-1], -first.logits[::-1], ({"seed": 4},))
    mean = mean_outputs([first, other, first], [*TEXTS[:2], TEXTS[0]])
    assert len(mean.keys) == 2
    odds = np.exp(first.logits[:2].astype(np.float64))
    expected = (2 * odds / (1 + odds) + 1 / (1 + odds)) / 3
    np.testing.assert_allclose(1 / (1 + np.exp(-mean.logits_for(TEXTS[:2]))), expected, atol=2e-3)
    assert mean.provenance == ({"seed": 3}, {"seed": 4}, {"seed": 3})


def test_a_text_has_the_mean_of_the_teachers_that_know_it() -> None:
    first = TeacherOutputs(LABELS, outputs().keys, outputs().logits / 20 - 3, ({},))
    other = TeacherOutputs(LABELS, text_keys([TEXTS[0], "four"]), first.logits[:2] + 1, ({},))
    mean = mean_outputs([first, other], [TEXTS[0], TEXTS[1], "four"])
    odds = np.exp(np.stack([first.logits[0], first.logits[0] + 1]).astype(np.float64))
    np.testing.assert_allclose(
        1 / (1 + np.exp(-mean.logits_for([TEXTS[0]])[0].astype(np.float64))),
        (odds / (1 + odds)).mean(axis=0),
        atol=2e-3,
    )
    np.testing.assert_allclose(mean.logits_for([TEXTS[1]]), first.logits_for([TEXTS[1]]), atol=1e-2)
    np.testing.assert_allclose(mean.logits_for(["four"]), other.logits_for(["four"]), atol=1e-2)
    with pytest.raises(DataError, match="lack 1 of 2"):
        mean_outputs([first, other], [TEXTS[0], "five"])


def test_texts_of_which_nothing_is_known_are_dropped() -> None:
    labels = np.full((3, 28), np.nan, np.float32)
    labels[2, 0] = 1
    source = Source("chat", 0.1, [TEXTS[0], "five", "six"], labels, {})
    known = drop_unknown(source, [outputs()])
    assert known.texts == [TEXTS[0], "six"]
    np.testing.assert_array_equal(known.labels, labels[[0, 2]])


@pytest.mark.parametrize("content", [b"", b"not a file of tensors", b"\x80\x04K\x01."])
def test_another_file_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "teacher.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError, match="teacher-outputs"):
        load_teacher_outputs(path)
    with pytest.raises(DataError):
        load_teacher_outputs(tmp_path / "missing")


def test_a_teacher_is_asked(tiny_mpnet: Path, tiny_goemotions: Path, tmp_path: Path) -> None:
    preset = load_preset("teacher", base=str(tiny_mpnet), epochs=1)
    train_teacher(read_goemotions(tiny_goemotions), preset, out=tmp_path, seed=0)
    counted: list[int] = []
    found = score_with_teacher(tmp_path / "teacher", [*TEXTS, TEXTS[0]], counted.append)
    assert sum(counted) == len(found.keys) == len(TEXTS)
    assert found.provenance[0]["preset"]["name"] == "teacher"
    model = MPNetForSequenceClassification.from_pretrained(tmp_path / "teacher").eval()
    vocabulary = (tiny_mpnet / "vocab.txt").read_text(encoding="utf-8").split("\n")
    for text in TEXTS:
        ids = [vocabulary.index(word) for word in ["[CLS]", *text.split(), "[SEP]"]]
        with torch.inference_mode():
            expected = model(torch.tensor([ids])).logits.numpy()
        np.testing.assert_allclose(found.logits_for([text]), expected, atol=0.05)


def test_a_folder_without_a_teacher_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--preset teacher"):
        score_with_teacher(tmp_path, TEXTS, lambda _: None)


def test_an_exported_model_can_teach(embedded: EmotionClassifier, tmp_path: Path) -> None:
    export_hf(embedded.artifact, tmp_path / "hf")
    found = score_with_teacher(tmp_path / "hf", TEXTS, lambda _: None)
    assert found.provenance == ({"model": embedded.artifact.digest},)
    expected = embedded.predict_logits(TEXTS)
    np.testing.assert_allclose(found.logits_for(TEXTS), expected, atol=0.3)
