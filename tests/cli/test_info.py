import json
import re

import pytest

from emoticare.export.huggingface import export_hf
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.model.config import ModelConfig
from emoticare.stages.decision import Thresholds


def with_provenance(artifact: ModelArtifact, provenance, labels=LABELS) -> ModelArtifact:
    thresholds = Thresholds(0.5, dict.fromkeys(labels, 0.5))
    config = ModelConfig(tuple(labels), 64, 4, thresholds, provenance)
    return ModelArtifact(artifact.graph, artifact.tokenizer_json, config)


def test_the_embedded_model(emoticare):
    answer = emoticare("info")
    assert (answer.code, answer.err) == (0, "")
    assert "28, at most 512 tokens a text" in answer.out
    assert all(re.search(rf"\b{label} 0\.\d{{3}}", answer.out) for label in LABELS)
    assert "\x1b" not in answer.out


def test_json_is_whole(emoticare, tiny_artifact, tiny_model_folder):
    answer = emoticare("info", "--model", tiny_model_folder, "--json")
    content = json.loads(answer.out)
    assert content["model"] == tiny_artifact.digest
    assert content["labels"] == list(LABELS)
    assert content["thresholds"]["shared"] == 0.5
    assert content["bytes"]["total"] == tiny_artifact.n_bytes


def test_whether_replies_are_read_in_context_is_said(
    emoticare, tiny_model_folder, tiny_with_context, tmp_path
):
    assert "reads       each text alone," in emoticare("info", "--model", tiny_model_folder).out
    content = json.loads(emoticare("info", "--model", tiny_model_folder, "--json").out)
    assert content["reads_context"] is False
    tiny_with_context.artifact.save(tmp_path / "model")
    out = emoticare("info", "--model", tmp_path / "model").out
    assert "reads       texts alone, and replies with what was said before them" in out
    content = json.loads(emoticare("info", "--model", tmp_path / "model", "--json").out)
    assert content["reads_context"] is True


def test_provenance_is_shown(emoticare, tiny_artifact, tmp_path):
    provenance = {
        "preset": {"name": "emoticare", "base": "some/encoder"},
        "seed": 7,
        "data": {"source": "goemotions", "checksum": "ab" * 32},
        "commit": "c0ffee",
        "validation": {"macro_f1": 0.54321, "texts": 12},
    }
    with_provenance(tiny_artifact, provenance).save(tmp_path / "model")
    out = emoticare("info", "--model", tmp_path / "model").out
    for shown in ("emoticare, seed 7", "some/encoder", "c0ffee", "macro_f1 0.5432", "abababab"):
        assert shown in out


@pytest.mark.parametrize("odd", ["text", 3, [1], [["a", "b"]], {"x": "[/b]"}, None, {}], ids=repr)
@pytest.mark.parametrize("field", ["preset", "data", "commit", "validation", "seed"])
def test_provenance_of_another_shape_is_no_failure(emoticare, tiny_artifact, tmp_path, field, odd):
    with_provenance(tiny_artifact, {"preset": {"name": "x"}, field: odd}).save(tmp_path / "model")
    for arguments in ([], ["--json"]):
        assert emoticare("info", "--model", tmp_path / "model", *arguments).code == 0


def test_labels_that_look_like_markup(emoticare, tiny_artifact, tmp_path):
    labels = ["[/b]", "[red]x", ":smile:", *LABELS[3:]]
    with_provenance(tiny_artifact, {}, labels).save(tmp_path / "model")
    out = emoticare("info", "--model", tmp_path / "model").out
    assert all(label in out for label in labels)
    answer = emoticare("predict", "hi", "--format", "table", "--model", tmp_path / "model")
    assert answer.code == 0


@pytest.mark.parametrize("options", [["--model", "nowhere"], ["--model", "x" * 300]])
def test_no_model_is_a_failure_of_one_line(emoticare, options):
    answer = emoticare("info", *options)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("emoticare: ")
    assert answer.err.count("\n") == 1


def test_an_altered_model_is_a_failure(emoticare, tiny_artifact, tmp_path):
    tiny_artifact.save(tmp_path / "model")
    with (tmp_path / "model" / "config.json").open("ab") as file:
        file.write(b" ")
    answer = emoticare("info", "--model", tmp_path / "model")
    assert answer.code == 1
    assert "config.json" in answer.err


def test_what_another_maker_put_there_does_not_steer_the_terminal(
    emoticare, tiny_artifact, tmp_path
):
    steering = "\x1b[2J\x9b31m\x07"
    provenance = {"commit": steering, "preset": {"name": steering, "base": steering}}
    with_provenance(tiny_artifact, provenance).save(tmp_path / "model")
    answer = emoticare("info", "--model", tmp_path / "model")
    assert answer.code == 0
    assert not {"\x1b", "\x9b", "\x07"} & set(answer.out)
    answer = emoticare("info", "--model", tmp_path / "\x1b[2J\x9b")
    assert answer.code == 1
    assert not {"\x1b", "\x9b"} & set(answer.err)


def test_how_a_hugging_face_folder_was_read_is_said(emoticare, tiny_artifact, tmp_path):
    export_hf(tiny_artifact, tmp_path / "hf")
    answer = emoticare("info", "--model", tmp_path / "hf")
    assert answer.code == 0
    assert "a Hugging Face folder, in int8 as it was exported; it has no manifest" in " ".join(
        answer.out.split()
    )
    content = json.loads(emoticare("info", "--model", tmp_path / "hf", "--json").out)
    assert content["model"] == tiny_artifact.digest
    assert "safetensors alone" in content["read_as"]
    assert "manifest" not in emoticare("info").out
