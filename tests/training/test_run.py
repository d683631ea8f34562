"""Whole runs on a tiny encoder, killed and resumed."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from transformers import MPNetForSequenceClassification

from emoticare.classifier import EmotionClassifier, load
from emoticare.data.dataset import Dataset, Split
from emoticare.data.everyday import EverydayTexts
from emoticare.data.goemotions import read_goemotions
from emoticare.data.mixture import Source
from emoticare.errors import TrainingError, UsageError
from emoticare.labels import LABELS, RISKS
from emoticare.model.artifact import load_artifact
from emoticare.training.presets import load_preset
from emoticare.training.run import train_model, train_teacher

if TYPE_CHECKING:
    from emoticare.training.progress import TrainingProgress


def _command(base: Path, data: Path, out: Path, *, preset: str) -> list[str]:
    options = {"preset": preset, "base": base, "data": data, "out": out, "epochs": 6, "seed": 5}
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "emoticare", "train", *given]


def _train(command: list[str]) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def _figures(out: Path) -> dict[str, object]:
    provenance = dict(load_artifact(out / "model").config.provenance)
    return {name: provenance[name] for name in ("validation", "selected_checkpoint", "calibration")}


@pytest.mark.parametrize("preset", ["distilbert", "emoticare"])
def test_killed_and_resumed_ends_where_an_undisturbed_run_does(
    preset: str, tiny_distilbert: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _train(_command(tiny_distilbert, tiny_goemotions, whole, preset=preset))

    command = _command(tiny_distilbert, tiny_goemotions, broken, preset=preset)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(broken.glob("checkpoints/*/COMPLETE")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (broken / "model").exists()
    # What a kill while saving leaves behind must not be resumed from.
    (broken / "checkpoints" / "checkpoint-9999").mkdir()

    _train(command)
    assert _figures(broken) == _figures(whole)
    texts = ["i feel joy today", "it was grief"]
    assert (
        load(whole / "model").predict_proba(texts) == load(broken / "model").predict_proba(texts)
    ).all()


def _four_labels() -> Dataset:
    labels = ("anger", "fear", "joy", "love")
    splits = []
    for name, n_texts in (("train", 160), ("validation", 64), ("test", 32)):
        texts = [f"it was {labels[i % 4]} {'so much ' * (i % 3)}today" for i in range(n_texts)]
        multi_hot = np.eye(4, dtype=np.bool_)[np.arange(n_texts) % 4]
        splits.append(Split(name, texts, multi_hot, [f"{name}{i}" for i in range(n_texts)]))
    return Dataset.from_splits(labels, splits, "invented")


def test_a_bert_base_trains_and_learns(tiny_bert: Path, tmp_path: Path) -> None:
    dataset = _four_labels()
    preset = dataclasses.replace(
        load_preset("emoticare", base=str(tiny_bert), epochs=50, learning_rate=1e-3, batch_size=8),
        layer_lr_decay=1.0,
        ema_decay=0.9,
        dropout=0.0,
    )
    artifact = train_model(dataset, preset, out=tmp_path, seed=0)
    provenance = artifact.config.provenance
    assert provenance["validation"]["micro_f1"] > 0.9
    assert provenance["data"]["checksum"] == dataset.checksum
    assert provenance["preset"]["name"] == "emoticare"
    assert len(provenance["training_log"]) >= 40
    classifier = load(tmp_path / "model")
    assert classifier.labels == dataset.labels
    assert classifier("it was love today").labels == ["love"]
    json.dumps(artifact.config.to_json(), allow_nan=False)


def test_a_model_that_learned_no_replies_reads_none_whatever_its_base_did(
    tiny_with_context: EmotionClassifier, tmp_path: Path
) -> None:
    tiny_with_context.artifact.save(tmp_path / "base")
    preset = load_preset("emoticare", base=str(tmp_path / "base"), epochs=1)
    artifact = train_model(_four_labels(), preset, out=tmp_path / "run", seed=0)
    assert not artifact.config.reads_context


def test_domains_that_disagree_have_a_head_each(tiny_bert: Path, tmp_path: Path) -> None:
    texts = [f"it was {label} today" for label in LABELS]
    joy, grief = (
        np.tile([label == name for label in LABELS], (len(texts), 1)) for name in ("joy", "grief")
    )
    ids = [str(i) for i in range(len(texts))]
    splits = [Split(name, texts, joy, ids) for name in ("train", "validation", "test")]
    dataset = Dataset.from_splits(LABELS, splits, "invented")
    everyday = EverydayTexts(
        "dev", ids, texts, ["chat"] * len(ids), np.ones(len(ids), np.bool_), grief, grief
    )
    preset = dataclasses.replace(
        load_preset("emoticare", base=str(tiny_bert), epochs=30, learning_rate=2e-3, batch_size=8),
        domain_heads=True,
        risk_weight=1.0,
        layer_lr_decay=1.0,
        ema_decay=0.9,
        dropout=0.0,
    )
    threat = np.tile(np.array([0, 1, 0], np.float32), (len(texts), 1))
    mixture = [Source("chat", 0.5, texts, grief.astype(np.float32), {}, threat)]
    artifact = train_model(
        dataset, preset, out=tmp_path, seed=0, mixture=mixture, everyday=everyday
    )
    assert (artifact.config.heads, artifact.config.risks) == (("reddit",), RISKS)
    risks = load(artifact).predict_outputs(texts)[:, len(LABELS) :]
    assert {RISKS[i] for i in risks.argmax(axis=1)} == {"threat"}
    for domain, label in (("reddit", "joy"), ("everyday", "grief")):
        logits = load(artifact, domain=domain).predict_logits(texts)
        assert {LABELS[i] for i in logits.argmax(axis=1)} == {label}


def test_other_settings_do_not_go_on_with_an_old_run(
    tiny_distilbert: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    dataset = read_goemotions(tiny_goemotions)
    (tmp_path / "settings.json").write_text(json.dumps({"seed": 1, "epochs": 99}))
    preset = load_preset("distilbert", base=str(tiny_distilbert))
    with pytest.raises(TrainingError, match=r"other settings .*epochs.*--out"):
        train_model(dataset, preset, out=tmp_path, seed=1)


def test_ctrl_c_says_how_to_go_on(
    tiny_distilbert: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    command = _command(tiny_distilbert, tiny_goemotions, tmp_path, preset="distilbert")
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not list(tmp_path.glob("checkpoints/*/COMPLETE")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate()
    assert process.returncode == 130
    assert "goes on from the last whole checkpoint" in messages
    assert "Traceback" not in messages


def test_a_teacher_is_trained_but_not_shipped(
    tiny_mpnet: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    dataset = read_goemotions(tiny_goemotions)
    preset = load_preset("teacher", base=str(tiny_mpnet), epochs=2)
    figures = train_teacher(dataset, preset, out=tmp_path, seed=0)
    assert checkpoints(tmp_path) == []
    assert train_teacher(dataset, preset, out=tmp_path, seed=0) == figures
    assert 0 < figures["mean_average_precision"] < 1
    model = MPNetForSequenceClassification.from_pretrained(tmp_path / "teacher")
    assert model.config.id2label[27] == "neutral"
    assert not (tmp_path / "model").exists()
    as_a_model = dataclasses.replace(preset, teacher=False)
    with pytest.raises(TrainingError, match="only be a teacher"):
        train_model(dataset, as_a_model, out=tmp_path / "other", seed=0)


def test_a_mistyped_base_can_be_corrected_in_the_same_folder(
    tiny_distilbert: Path, tmp_path: Path
) -> None:
    dataset = _four_labels()
    preset = load_preset("distilbert", base=str(tmp_path / "typo"), epochs=1)
    with pytest.raises(TrainingError, match="could not be loaded"):
        train_model(dataset, preset, out=tmp_path / "run", seed=0)
    preset = load_preset("distilbert", base=str(tiny_distilbert), epochs=1)
    artifact = train_model(dataset, preset, out=tmp_path / "run", seed=0)
    assert artifact.config.provenance["preset"]["base"] == tiny_distilbert.name


def test_damaged_settings_are_one_error(tiny_distilbert: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("[1")
    preset = load_preset("distilbert", base=str(tiny_distilbert))
    with pytest.raises(TrainingError, match="not the settings of a run"):
        train_model(_four_labels(), preset, out=tmp_path, seed=0)


def test_a_full_disk_while_training_is_one_error(
    tiny_distilbert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emoticare.training.weight_average.save_file", full_disk)
    preset = load_preset("emoticare", base=str(tiny_distilbert), epochs=1)
    with pytest.raises(TrainingError, match=r"No space left.*goes on from the last"):
        train_model(_four_labels(), preset, out=tmp_path, seed=0)


def test_accumulated_gradients_make_fewer_steps(tiny_distilbert: Path, tmp_path: Path) -> None:
    plain = load_preset("distilbert", base=str(tiny_distilbert), epochs=1)
    preset = dataclasses.replace(plain, accumulation_steps=5)
    artifact = train_model(_four_labels(), preset, out=tmp_path, seed=0)
    n_steps = 160 / (preset.batch_size * 5)
    assert artifact.config.provenance["training_log"][-1]["step"] == n_steps


def checkpoints(out: Path) -> list[Path]:
    return list((out / "checkpoints").glob("checkpoint-*"))


def test_a_run_that_has_ended_leaves_its_model_alone(tiny_distilbert: Path, tmp_path: Path) -> None:
    preset = load_preset("distilbert", base=str(tiny_distilbert), epochs=2)
    told: list[TrainingProgress] = []
    artifact = train_model(_four_labels(), preset, out=tmp_path, seed=0, on_progress=told.append)
    assert checkpoints(tmp_path) == []
    assert list((tmp_path / "checkpoints" / "runs").rglob("events*"))
    assert sorted({progress.step for progress in told}) == list(range(1, 21))
    assert (told[-1].step, told[-1].n_steps, told[-1].n_epochs) == (20, 20, 2)
    assert told[-1].precision == pytest.approx(
        artifact.config.provenance["training_log"][-1]["mean_average_precision"], abs=1e-5
    )
    assert told[-1].loss is not None
    assert sum(progress.is_evaluated for progress in told) == 2

    told.clear()
    again = train_model(_four_labels(), preset, out=tmp_path, seed=0, on_progress=told.append)
    assert again == artifact
    assert told == []
    with pytest.raises(TrainingError, match="other settings"):
        train_model(_four_labels(), preset, out=tmp_path, seed=1)
    mixed = dataclasses.replace(preset, base_weight=0.5)
    with pytest.raises(TrainingError, match="another base_weight"):
        train_model(_four_labels(), mixed, out=tmp_path, seed=0)


def test_kept_checkpoints_make_the_model_anew(tiny_distilbert: Path, tmp_path: Path) -> None:
    preset = load_preset("distilbert", base=str(tiny_distilbert), epochs=1)
    out = {"out": tmp_path, "seed": 0, "keep_checkpoints": True}
    artifact = train_model(_four_labels(), preset, **out)
    assert checkpoints(tmp_path)
    again = train_model(_four_labels(), dataclasses.replace(preset, base_weight=0.5), **out)
    assert again.graph != artifact.graph


def test_a_head_is_not_fitted_once_more_without_teachers(
    tiny_distilbert: Path, tmp_path: Path
) -> None:
    preset = load_preset("distilbert", base=str(tiny_distilbert), epochs=1)
    preset = dataclasses.replace(preset, refit_label_weight=0.3)
    with pytest.raises(UsageError, match="needs teachers"):
        train_model(_four_labels(), preset, out=tmp_path, seed=0)


def test_nothing_but_our_own_lines_is_printed(
    tiny_distilbert: Path, tiny_goemotions: Path, tmp_path: Path
) -> None:
    command = _command(tiny_distilbert, tiny_goemotions, tmp_path, preset="emoticare")
    environment = os.environ | {"PYTHONWARNINGS": "default"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    ours = ("warning: ", "step ")
    assert [line for line in done.stderr.splitlines() if not line.startswith(ours)] == []
    assert "step 42 of 42, epoch 6.0 of 6, loss " in done.stderr
    assert "average precision on dev 0." in done.stderr
    assert len(done.stdout.splitlines()) == 2
