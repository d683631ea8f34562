"""Hugging Face folders: ours are read as they were exported, and hostile ones refused."""

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import emoticare
from emoticare.classifier import EmotionClassifier
from emoticare.errors import ArtifactError, EmoticareError, MissingExtraError, UsageError
from emoticare.export.huggingface import export_hf, hf_files
from emoticare.labels import LABELS
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact, load_artifact
from emoticare.model.companion import COMPANION, WEIGHTS
from emoticare.model.hugging_face import READ
from emoticare.network.float_model import FloatModel

TEXTS = ["i am so happy today", "", "why ? this is awful", "thanks ! " * 40]
ATTENTION = "distilbert.transformer.layer.0.attention"


@pytest.fixture(scope="session")
def exported(tiny_artifact: ModelArtifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hf") / "hf"
    export_hf(tiny_artifact, folder)
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """An export of the tiny model, to be spoiled."""
    return shutil.copytree(exported, tmp_path / "hf")


def refused(folder: Path, match: str) -> None:
    with pytest.raises(ArtifactError, match=match):
        emoticare.load(folder)


def edit_config(folder: Path, **changes: Any) -> None:
    content = json.loads((folder / "config.json").read_bytes()) | changes
    (folder / "config.json").write_text(json.dumps(content))


def edit_weights(folder: Path, edit: Callable[[dict[str, np.ndarray]], Any]) -> None:
    """Change weights as a maker would who leaves nothing behind that tells."""
    tensors = dict(safetensors.numpy.load((folder / WEIGHTS).read_bytes()))
    edit(tensors)
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save(tensors))
    (folder / COMPANION).unlink(missing_ok=True)


# What is exported is what is loaded.


@pytest.mark.parametrize(
    "name",
    ["tiny_artifact", "random_artifact", "rectified_artifact", "slim_artifact", "two_domains"],
)
def test_an_export_is_read_as_the_model_that_it_was(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    artifact: ModelArtifact = request.getfixturevalue(name)
    export_hf(artifact, tmp_path / "hf")
    read = load_artifact(tmp_path / "hf")
    assert read == artifact
    assert read.digest == artifact.digest
    assert artifact.read_as is None
    assert "int8 as it was exported" in (read.read_as or "")


@pytest.fixture(scope="session")
def exported_with_context(
    tiny_with_context: EmotionClassifier, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("hf") / "hf"
    export_hf(tiny_with_context.artifact, folder)
    return folder


def test_a_model_that_reads_replies_reads_them_again(
    exported_with_context: Path, tiny_with_context: EmotionClassifier, tmp_path: Path
) -> None:
    expected = tiny_with_context("so happy", context="you are sad")
    snapshot = in_cache(exported_with_context, tmp_path / "hub")
    for folder in (exported_with_context, snapshot):
        assert emoticare.load(folder)("so happy", context="you are sad") == expected
    (snapshot / COMPANION).unlink()
    assert load_artifact(snapshot).config.reads_context


def test_a_folder_that_does_not_say_so_reads_texts_alone(folder: Path) -> None:
    with pytest.raises(
        UsageError, match=r"reads each text alone.*take a model that has learned to"
    ):
        emoticare.load(folder)("so happy", context="you are sad")


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_reading_replies_is_true_or_false(exported_with_context: Path, tmp_path: Path, value: Any):
    folder = shutil.copytree(exported_with_context, tmp_path / "hf")
    content = json.loads((folder / "config.json").read_bytes())
    edit_config(folder, emoticare=content["emoticare"] | {"reads_context": value})
    refused(folder, "reads_context must be true or false")


def test_the_embedded_model_comes_back_in_all_its_domains(
    embedded_artifact: ModelArtifact, tmp_path: Path
) -> None:
    export_hf(embedded_artifact, tmp_path / "hf")
    read = load_artifact(tmp_path / "hf")
    texts = ["I'm so proud of everything we've built!", "meh", "How dare you?"]
    for domain in embedded_artifact.config.domains:
        before = emoticare.load(embedded_artifact, domain=domain).predict_proba(texts)
        after = emoticare.load(read, domain=domain).predict_proba(texts)
        np.testing.assert_array_equal(after, before)
    assert read.config == embedded_artifact.config


def test_the_head_of_the_domain_in_force_is_what_transformers_reads(
    embedded_artifact: ModelArtifact,
) -> None:
    own = embedded_artifact.float_model(every_head=True).state_dict
    for domain in embedded_artifact.config.domains:
        artifact = embedded_artifact.in_domain(domain)
        weights = safetensors.numpy.load(hf_files(artifact)[WEIGHTS])["classifier.weight"]
        name = f"classifier_{artifact.head}" if artifact.head else "classifier"
        np.testing.assert_array_equal(weights, own[f"{name}.weight"])


def test_a_model_that_was_read_can_be_saved_and_exported_again(
    folder: Path, tiny_artifact: ModelArtifact, tmp_path: Path
) -> None:
    read = load_artifact(folder)
    assert hf_files(read) == hf_files(tiny_artifact)
    read.save(tmp_path / "own")
    assert load_artifact(tmp_path / "own") == tiny_artifact


# What others made, or a part of an export: float32.


def test_without_ranges_the_graph_is_float32(folder: Path, tiny_artifact: ModelArtifact) -> None:
    (folder / COMPANION).unlink()
    read = load_artifact(folder)
    assert "float32" in (read.read_as or "")
    assert read.config.thresholds == tiny_artifact.config.thresholds
    expected = emoticare.load(tiny_artifact).predict_proba(TEXTS)
    # Random weights suffer more from 8 bits than trained ones.
    found = emoticare.load(read).predict_proba(TEXTS)
    assert 0 < np.abs(found - expected).mean() < 0.02


def test_float32_and_int8_of_the_embedded_model_agree(
    embedded_artifact: ModelArtifact, texts: list[str], tmp_path: Path
) -> None:
    export_hf(embedded_artifact, tmp_path / "hf")
    (tmp_path / "hf" / COMPANION).unlink()
    read = load_artifact(tmp_path / "hf")
    expected = emoticare.load(embedded_artifact).predict_proba(texts)
    np.testing.assert_allclose(emoticare.load(read).predict_proba(texts), expected, atol=0.03)
    # There is but the head of the domain in force.
    assert list(read.config.domains) == [embedded_artifact.config.domain]
    assert read.config.heads == ()


def test_a_float32_model_can_be_saved_and_exported_too(folder: Path, tmp_path: Path) -> None:
    (folder / COMPANION).unlink()
    read = load_artifact(folder)
    read.save(tmp_path / "own")
    assert load_artifact(tmp_path / "own") == read
    export_hf(read, tmp_path / "again")
    again = load_artifact(tmp_path / "again")
    assert (again.graph, again.config.thresholds) == (read.graph, read.config.thresholds)
    assert not (tmp_path / "again" / COMPANION).exists()


def test_a_folder_of_transformers_own(tiny_artifact: ModelArtifact, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.DistilBertConfig(
        vocab_size=tiny_artifact.float_model().architecture.vocab_size,
        dim=32,
        hidden_dim=64,
        n_layers=2,
        n_heads=4,
        max_position_embeddings=48,
        problem_type="multi_label_classification",
        id2label={0: "calm", 1: "storm"},
        label2id={"calm": 0, "storm": 1},
    )
    model = transformers.DistilBertForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_text(tiny_artifact.tokenizer_json)
    classifier = emoticare.load(tmp_path)
    assert classifier.labels == ("calm", "storm")
    assert classifier.artifact.config.thresholds.shared == 0.5
    assert "all thresholds 0.5" in (classifier.artifact.read_as or "")
    import torch

    ids = torch.tensor([classifier.tokenize(TEXTS[:1])[0].input_ids])
    with torch.no_grad():
        expected = model(ids).logits.numpy()
    np.testing.assert_allclose(classifier.predict_logits(TEXTS[:1]), expected, atol=1e-5)


def test_half_precision_is_widened(folder: Path) -> None:
    edit_weights(
        folder,
        lambda tensors: tensors.update({k: v.astype(np.float16) for k, v in tensors.items()}),
    )
    assert emoticare.load(folder)("so happy").scores


def test_thresholds_for_other_labels_do_not_count(folder: Path) -> None:
    names = {str(i): f"label {i}" for i in range(28)}
    edit_config(folder, id2label=names)
    config = load_artifact(folder).config
    assert config.labels == tuple(names.values())
    assert set(config.thresholds.per_label.values()) == {0.5}


# Links.


def in_cache(exported: Path, cache: Path) -> Path:
    """Lay files out as huggingface_hub does, and return the snapshot."""
    repository = cache / "models--me--emoticare"
    snapshot = repository / "snapshots" / ("0" * 40)
    for part in (repository / "blobs", repository / "refs", snapshot):
        part.mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    for number, name in enumerate(READ):
        shutil.copy(exported / name, repository / "blobs" / str(number))
        (snapshot / name).symlink_to(f"../../blobs/{number}")
    return snapshot


def test_links_within_the_cache_of_the_hub_are_followed(
    exported: Path, tmp_path: Path, tiny_artifact: ModelArtifact
) -> None:
    assert load_artifact(in_cache(exported, tmp_path / "hub")) == tiny_artifact


@pytest.mark.parametrize("name", READ)
def test_other_links_are_not(exported: Path, tmp_path: Path, name: str) -> None:
    snapshot = in_cache(exported, tmp_path / "hub")
    other = in_cache(exported, tmp_path / "other")
    (snapshot / name).unlink()
    (snapshot / name).symlink_to((other / name).resolve())
    refused(snapshot, "link out of the model's folder")


@pytest.mark.parametrize("name", READ)
def test_blobs_beside_a_folder_that_is_in_no_cache(
    exported: Path, tmp_path: Path, name: str
) -> None:
    snapshot = in_cache(exported, tmp_path)
    snapshot.parent.parent.rename(tmp_path / "emoticare")
    refused(tmp_path / "emoticare" / "snapshots" / ("0" * 40), "link out of the model's folder")


# Damaged and hostile folders.


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_an_incomplete_folder(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, f"{name} is missing")


def test_pickled_weights_are_never_read(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    refused(folder, "may run code as it is read")


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("keep", [0, 1, 0.5])
def test_a_truncated_file(folder: Path, name: str, keep: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: keep if keep in {0, 1} else len(content) // 2])
    with pytest.raises(ArtifactError):
        emoticare.load(folder)


@pytest.mark.parametrize("name", [WEIGHTS, COMPANION])
def test_altered_bytes_are_refused_or_numbers(
    folder: Path, tiny_artifact: ModelArtifact, name: str
) -> None:
    content = (folder / name).read_bytes()
    random = Random(0)
    for _ in range(40):
        at = random.choice([random.randrange(400), random.randrange(len(content))])
        flipped = content[at] ^ (1 << random.randrange(8))
        (folder / name).write_bytes(content[:at] + bytes([flipped]) + content[at + 1 :])
        if name == WEIGHTS:
            refused(folder, f"{COMPANION} belongs to another|no whole safetensors file")
        else:
            with suppress(ArtifactError):
                assert load_artifact(folder).config.labels == tiny_artifact.config.labels


def test_a_companion_of_other_weights(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:-4] + b"\0\0\0\0")
    refused(folder, "belongs to another model.safetensors")


@pytest.mark.parametrize("name", READ)
def test_a_huge_file_is_not_read(folder: Path, name: str) -> None:
    os.truncate(folder / name, 2**33)
    refused(folder, "larger than expected")


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        ("classifier.weight", np.zeros((28, 31), np.float32)),
        ("classifier.weight", np.zeros((27, 32), np.float32)),
        ("classifier.bias", np.full(28, np.nan, np.float32)),
        ("pre_classifier.weight", np.full((32, 32), np.inf, np.float32)),
        ("pre_classifier.weight", np.zeros((32, 32), np.uint8)),
        ("pre_classifier.weight", np.zeros((32, 32), np.int64)),
        (f"{ATTENTION}.q_lin.weight", np.zeros((20, 32), np.float32)),
        (f"{ATTENTION}.q_lin.weight", np.zeros((), np.float32)),
        ("distilbert.embeddings.word_embeddings.weight", np.zeros(9, np.float32)),
        ("distilbert.embeddings.word_embeddings.weight", np.zeros((0, 0), np.float32)),
        ("distilbert.embeddings.position_embeddings.weight", np.zeros((9, 32), np.float32)),
        ("distilbert.transformer.layer.9999.ffn.lin1.weight", np.zeros((8, 32), np.float32)),
    ],
)
def test_weights_that_do_not_fit(folder: Path, name: str, weight: np.ndarray) -> None:
    edit_weights(folder, lambda tensors: tensors.update({name: weight}))
    with pytest.raises(ArtifactError):
        load_artifact(folder)


def test_any_missing_weight_is_named(folder: Path) -> None:
    for name in safetensors.numpy.load((folder / WEIGHTS).read_bytes()):
        content = (folder / WEIGHTS).read_bytes()
        edit_weights(folder, lambda tensors, name=name: tensors.pop(name))
        refused(folder, "is missing|found none|fit")
        (folder / WEIGHTS).write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "bert"},
        {"problem_type": "single_label_classification"},
        {"problem_type": None},
        {"id2label": {"0": "joy"}},
        {"id2label": {"a": "joy"}},
        {"id2label": ["joy"]},
        {"id2label": None},
        {"n_heads": 5},
        {"n_heads": 0},
        {"n_heads": None},
        {"activation": "silu"},
        {"emoticare": []},
        {"emoticare": {"thresholds": 1}},
    ],
    ids=repr,
)
def test_a_config_that_makes_no_sense(folder: Path, change: dict[str, Any]) -> None:
    edit_config(folder, **change)
    refused(folder, r"config\.json|28 labels|joy")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pre_classifier.input_scale", np.zeros(1, np.float32)),
        ("pre_classifier.input_scale", np.full(1, np.nan, np.float32)),
        ("pre_classifier.input_scale", np.ones(2, np.float32)),
        ("pre_classifier.input_zero_point", np.zeros(1, np.float32)),
        (f"{ATTENTION}.k_lin.input_channel_scales", np.full(32, 0.3, np.float32)),
        (f"{ATTENTION}.k_lin.input_channel_scales", np.ones(31, np.float32)),
        (f"{ATTENTION}.k_lin.input_channel_scales", np.ones(32, np.uint8)),
    ],
)
def test_ranges_that_make_no_sense(folder: Path, name: str, value: np.ndarray) -> None:
    content = (folder / COMPANION).read_bytes()
    tensors = dict(safetensors.numpy.load(content)) | {name: value}
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    (folder / COMPANION).write_bytes(safetensors.numpy.save(tensors, header["__metadata__"]))
    refused(folder, COMPANION)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_config_loads_or_is_refused(exported: Path, folder: Path, data: st.DataObject) -> None:
    content = json.loads((exported / "config.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 2))):
        part = data.draw(st.sampled_from([content, content["emoticare"]]))
        part[data.draw(st.sampled_from(sorted(part)))] = data.draw(_VALUES)
        if not isinstance(content.get("emoticare"), dict):
            break
    (folder / "config.json").write_text(json.dumps(content))
    with suppress(EmoticareError):
        assert len(emoticare.load(folder)("so happy").scores) == len(LABELS)


def test_without_the_packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["safetensors", "safetensors.numpy"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"Hugging Face folder.*emoticare\[export\]"):
        load_artifact(folder)


# The pieces.


def test_zeros_that_were_put_in_are_taken_out(slim_artifact: ModelArtifact) -> None:
    model = slim_artifact.float_model()
    from emoticare.network.weights import unprune

    padded = dataclasses.replace(model, state_dict=unprune(model.state_dict, model.architecture))
    assert isinstance(padded, FloatModel)
    back = padded.without_zeros()
    assert {k: v.shape for k, v in back.state_dict.items()} == {
        k: v.shape for k, v in model.state_dict.items()
    }


def test_a_layer_of_zeros_keeps_one_head_and_one_unit(random_artifact: ModelArtifact) -> None:
    model = random_artifact.float_model()
    zeros = {k: np.zeros_like(v) for k, v in model.state_dict.items()}
    shapes = dataclasses.replace(model, state_dict=zeros).without_zeros().state_dict
    assert len(shapes["distilbert.transformer.layer.0.ffn.lin1.weight"]) == 1
    n_rows = len(shapes[f"{ATTENTION}.q_lin.weight"])
    assert n_rows == model.architecture.head_dim


def test_the_embedded_model_has_a_manifest() -> None:
    assert load_artifact(EMBEDDED_MODEL).read_as is None
