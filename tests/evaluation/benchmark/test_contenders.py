"""Rivals must do the whole work, or beating them is no feat."""

import sys

import numpy as np
import pytest

from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.evaluation.benchmark.contenders import (
    _next_batch,
    _padded,
    open_own,
    open_pipeline,
    open_plain_onnx,
)
from emoticare.evaluation.benchmark.rivals import write_pipeline, write_plain_onnx

TEXTS = ["so happy", "", "i am sad and angry " * 30, "why", "thanks a lot! 😀"]


def test_the_plain_loop_scores_the_same_model(embedded, tmp_path):
    write_plain_onnx(embedded.artifact, tmp_path)
    score = open_plain_onnx(str(tmp_path), 1, embedded.artifact.config.max_length)
    found = score(TEXTS * 9)
    assert found.shape == (45, 28)
    # Dynamic quantization moves a score with the texts beside it.
    assert np.abs(found - embedded.predict_proba(TEXTS * 9)).mean() < 0.01
    assert (tmp_path / "model.onnx").stat().st_size < 30e6


def test_the_plain_loop_cuts_batches_by_tokens():
    ids = [[7] * length for length in (3, 500, 1100, 20, 20, 500, 500)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    batches = []
    while order:
        batches.append(_next_batch(order, ids))
    assert sorted(i for batch in batches for i in batch) == list(range(len(ids)))
    shapes = [_padded([ids[i] for i in batch])["input_ids"].shape for batch in batches]
    assert shapes == [(1, 1100), (2, 500), (2, 500), (2, 20)]


@pytest.mark.parametrize("batch_size", [None, 32])
def test_the_pipeline_gives_all_scores(embedded, tmp_path, batch_size):
    write_pipeline(embedded.artifact, tmp_path)
    found = open_pipeline(str(tmp_path), 1, batch_size)(TEXTS)
    assert len(found) == len(TEXTS)
    assert all({row["label"] for row in scores} == set(embedded.labels) for scores in found)


def test_emoticare_is_called_as_users_call_it(tiny, tiny_model_folder):
    assert open_own(str(tiny_model_folder), 1)(TEXTS) == tiny.predict(TEXTS)


def test_another_kind_of_model_has_no_pipeline(tiny_artifact, tmp_path):
    class Foreign:
        config = tiny_artifact.config
        tokenizer_json = "{}"

    with pytest.raises(ArtifactError, match="DistilBERT"):
        write_pipeline(Foreign(), tmp_path)


def test_without_packages_the_extra_is_named(tiny_artifact, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match="train"):
        write_pipeline(tiny_artifact, tmp_path)
