import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, external_data_helper, numpy_helper

import emoticare
from emoticare.errors import ArtifactError, EmoticareError
from emoticare.model.artifact import FILES, MANIFEST, ModelArtifact, load_artifact
from emoticare.model.config import ModelConfig
from emoticare.stages.decision import Thresholds

ALL_FILES = (*FILES, MANIFEST)


@pytest.fixture
def folder(tiny_model_folder, tmp_path) -> Path:
    """A copy of the tiny model, to be spoiled."""
    return shutil.copytree(tiny_model_folder, tmp_path / "model")


def other_artifact(artifact: ModelArtifact) -> ModelArtifact:
    config = artifact.config
    changed = ModelConfig(
        config.labels, config.max_length, 4, Thresholds(0.1, config.thresholds.per_label), {"n": 2}
    )
    return ModelArtifact(artifact.graph, artifact.tokenizer_json, changed)


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and its entry in the manifest: what a forger would do."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["files"][name] = entry
    (folder / MANIFEST).write_text(json.dumps(manifest))


def edit_manifest(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    edit(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def refused(folder: Path, match: str) -> None:
    with pytest.raises(ArtifactError, match=match):
        emoticare.load(folder)


# What is saved is what is loaded.


def test_saving_and_loading_keeps_every_byte(tiny_artifact, tiny_model_folder, tmp_path):
    loaded = load_artifact(tiny_model_folder)
    assert loaded == tiny_artifact
    assert loaded.digest == tiny_artifact.digest
    loaded.save(tmp_path / "again")
    for name in ALL_FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tiny_model_folder / name).read_bytes()
    assert {path.name for path in tiny_model_folder.iterdir()} == set(ALL_FILES)
    assert loaded.n_bytes == sum((tiny_model_folder / name).stat().st_size for name in FILES)


def test_manifest_holds_the_sums_of_the_other_files(tiny_model_folder):
    manifest = json.loads((tiny_model_folder / MANIFEST).read_bytes())
    assert manifest["format"] == "emoticare-model"
    for name in FILES:
        content = (tiny_model_folder / name).read_bytes()
        assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()


def test_it_is_short_to_meet(tiny_artifact):
    shown = repr(tiny_artifact)
    assert shown.startswith("ModelArtifact(28 labels, domain=None, ")
    assert tiny_artifact.digest[:12] in shown
    assert len(shown) < 120


def test_digest_tells_models_apart(tiny_artifact):
    assert other_artifact(tiny_artifact).digest != tiny_artifact.digest
    assert len(tiny_artifact.digest) == 64


def test_the_embedded_model_is_whole(embedded):
    assert embedded.artifact.config.max_length == 512
    assert embedded.labels == emoticare.LABELS


@pytest.mark.parametrize("prepare", [None, "empty", "model", "deep"])
def test_saving_to_a_new_or_empty_folder_or_over_a_model(tiny_artifact, folder, tmp_path, prepare):
    target = {"model": folder, "deep": tmp_path / "a" / "b"}.get(prepare, tmp_path / "target")
    if prepare == "empty":
        target.mkdir()
    other = other_artifact(tiny_artifact)
    other.save(str(target))
    assert load_artifact(target).digest == other.digest
    assert [p for p in target.parent.iterdir() if p.name.startswith(".")] == []


def test_saving_over_anything_else_is_refused(tiny_artifact, folder, tmp_path):
    (folder / "notes.txt").write_text("mine")
    file = tmp_path / "file"
    file.write_text("mine")
    for target in (folder, file):
        with pytest.raises(ArtifactError, match="holds something else"):
            tiny_artifact.save(target)
    assert (folder / "notes.txt").read_text() == file.read_text() == "mine"
    with pytest.raises(ArtifactError, match="could not be saved"):
        tiny_artifact.save(file / "below")
    with pytest.raises(ArtifactError, match="could not be saved"):
        tiny_artifact.save(tmp_path / ("x" * 300))


# Missing, altered, foreign.


@pytest.mark.parametrize(
    "path",
    ["nowhere", "file", "x" * 300, "a\x00b", ""],
    ids=["nowhere", "file", "long", "nul", "."],
)
def test_no_model_there(tmp_path, path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError):
        load_artifact(tmp_path / path)


@pytest.mark.parametrize("name", ALL_FILES)
def test_an_incomplete_folder(folder, name):
    (folder / name).unlink()
    refused(folder, "no manifest" if name == MANIFEST else f"{name} is missing")


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_anywhere_is_found(folder, name):
    content = (folder / name).read_bytes()
    generator = Random(0)
    for _ in range(25):
        at = generator.randrange(len(content))
        flipped = content[at] ^ (1 << generator.randrange(8))
        (folder / name).write_bytes(content[:at] + bytes([flipped]) + content[at + 1 :])
        refused(folder, f"{name} in .* was altered")


def test_any_altered_byte_of_the_manifest_is_found_or_changes_nothing(folder, tiny_artifact):
    content = (folder / MANIFEST).read_bytes()
    for at in range(0, len(content), 2):
        (folder / MANIFEST).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with suppress(ArtifactError):
            assert load_artifact(folder) == tiny_artifact


@pytest.mark.parametrize("name", ALL_FILES)
@pytest.mark.parametrize("keep", [0, 1, -1])
def test_a_truncated_file(folder, name, keep):
    content = (folder / name).read_bytes().rstrip()
    (folder / name).write_bytes(content[:keep] if keep >= 0 else content[: len(content) // 2])
    refused(folder, name)


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_file_with_more_at_its_end(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b"x")
    refused(folder, "not valid JSON" if name == MANIFEST else "larger than expected")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"", b"\xff\xfe", b"null", b"[" * 10**5])
def test_other_content_with_a_forged_sum(folder, name, content):
    rewrite(folder, name, content)
    refused(folder, "graph" if name == "model.onnx" else name)


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"", b"\xff\xfe", b"null", b"[" * 10**5])
def test_no_manifest_at_all(folder, content):
    (folder / MANIFEST).write_bytes(content)
    refused(folder, "manifest")


def test_the_manifest_of_another_tool(tmp_path, tiny_artifact):
    (tmp_path / "tokenizer.json").write_text(tiny_artifact.tokenizer_json)
    refused(tmp_path, "not an EmotiCare model")
    (tmp_path / MANIFEST).write_text('{"manifest_version": 3, "name": "another tool"}')
    refused(tmp_path, "not the manifest of an EmotiCare model")


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_link_out_of_the_folder(folder, tmp_path, name):
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    refused(folder, "link out of the model's folder")


@pytest.mark.parametrize("name", FILES)
def test_a_link_to_itself_or_nowhere(folder, name):
    (folder / name).unlink()
    (folder / name).symlink_to(name)
    refused(folder, name)
    (folder / name).unlink()
    (folder / name).symlink_to("nowhere")
    refused(folder, f"{name} is missing")


def test_the_folder_itself_may_be_a_link(folder, tmp_path, tiny_artifact):
    (tmp_path / "current").symlink_to(folder)
    assert load_artifact(tmp_path / "current").digest == tiny_artifact.digest


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ALL_FILES)
def test_a_pipe_or_a_folder_in_place_of_a_file(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, "not a regular file")
    (folder / name).unlink()
    (folder / name).mkdir()
    refused(folder, "not a regular file")


# The manifest.


@pytest.mark.parametrize(
    "size", [2**31 + 5, 2**62, 10**30, -1, -2, -(10**30), 0, 5, 1.5, "9", None, [], {}], ids=repr
)
@pytest.mark.parametrize("name", FILES)
def test_sizes_of_the_manifest_are_not_trusted(folder, tiny_artifact, name, size):
    edit_manifest(folder, lambda manifest: manifest["files"][name].update(bytes=size))
    if isinstance(size, int) and size > len(tiny_artifact.contents[name]):
        assert load_artifact(folder) == tiny_artifact
    else:
        refused(folder, "larger than expected|no size")


def test_a_huge_file_is_not_read(folder):
    for name, announced in (("model.onnx", 2**40), (MANIFEST, None)):
        os.truncate(folder / name, 2**33)
        if announced:
            edit_manifest(folder, lambda m: m["files"]["model.onnx"].update(bytes=2**40))
        refused(folder, "larger than expected")


@pytest.mark.parametrize("version", [2, 0, "1", None, 10**30, [1], 1.5, -1], ids=repr)
def test_another_version_is_named(folder, version):
    edit_manifest(folder, lambda manifest: manifest.update(format_version=version))
    refused(folder, "format version")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
odd_values = st.one_of(
    json_values,
    st.sampled_from(
        [float("nan"), float("inf"), -1, 0, 2, 10**400, -(10**30), "", "0.5", "\ud800", True]
    ),
)


def places(content: Any, path: tuple = ()) -> list[tuple]:
    """Return the paths to every value inside a JSON document."""
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for key, value in inner:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


@st.composite
def mutations(draw: st.DrawFn, content: Any) -> Any:
    """Return a JSON document with one to three values replaced or left out."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        if not (candidates := places(content)):
            break
        *path, last = draw(st.sampled_from(candidates))
        parent = content
        for key in path:
            parent = parent[key]
        if draw(st.booleans()):
            parent[last] = draw(odd_values)
        else:
            del parent[last]
    return content


@settings(max_examples=150)
@given(data=st.data())
def test_any_config_loads_or_is_refused(tiny_artifact, data):
    content = data.draw(mutations(tiny_artifact.config.to_json()) | json_values)
    with suppress(EmoticareError):
        config = ModelConfig.from_json(content)
        artifact = ModelArtifact(tiny_artifact.graph, tiny_artifact.tokenizer_json, config)
        assert ModelConfig.from_json(json.loads(artifact.contents["config.json"])) == config
        prediction = emoticare.load(artifact)("so happy")
        assert len(prediction.scores) == 28


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_manifest_loads_or_is_refused(folder, tiny_artifact, tiny_model_folder, data):
    content = json.loads((tiny_model_folder / MANIFEST).read_bytes())
    content = data.draw(mutations(content) | json_values)
    (folder / MANIFEST).write_text(json.dumps(content))
    with suppress(EmoticareError):
        assert load_artifact(folder) == tiny_artifact


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_length", 2), ("max_length", float("inf")), ("max_length", 10**30), ("n_heads", 0),
        ("labels", []), ("labels", ["joy", "joy"]), ("labels", [1]), ("labels", None),
        ("labels", ["\x1b[31mjoy"]), ("thresholds", {"shared": float("nan"), "per_label": {}}),
        ("thresholds", {"shared": 0.5}), ("thresholds", 0.5), ("provenance", None),
        ("provenance", {"commit": "\ud800"}),
    ],
    ids=repr,
)  # fmt: skip
def test_a_config_that_makes_no_sense(folder, tiny_artifact, field, value):
    content = {**tiny_artifact.config.to_json(), field: value}
    rewrite(folder, "config.json", json.dumps(content).encode())
    refused(folder, "config.json")


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), -0.1, 1.1, 10**400, None, "x"])
def test_thresholds_that_make_no_sense(folder, tiny_artifact, threshold):
    content = tiny_artifact.config.to_json()
    content["thresholds"]["per_label"]["joy"] = threshold
    rewrite(folder, "config.json", json.dumps(content).encode())
    refused(folder, "config.json")


@pytest.mark.parametrize("depth", [50, 5000, 10**6])
def test_deeply_nested_json(folder, tiny_artifact, depth):
    content = tiny_artifact.config.to_json()
    text = json.dumps({**content, "provenance": {"x": 0}}).replace(
        '{"x": 0}', '{"x": ' * depth + "0" + "}" * depth
    )
    rewrite(folder, "config.json", text.encode())
    if depth < 100:
        assert load_artifact(folder).digest
    else:
        refused(folder, "config.json")


# Weights outside of the folder.


def external(graph: bytes, location: str, *, value_first: bool) -> bytes:
    model = onnx.load_model_from_string(graph)
    tensor = next(t for t in model.graph.initializer if t.name == "classifier.bias")
    external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    content = model.SerializeToString()
    if value_first:  # protocol buffers may come in any order
        key = b"\x0a\x08location"
        value = b"\x12" + bytes([len(location)]) + location.encode()
        assert key + value in content
        content = content.replace(key + value, value + key)
    return content


@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin"])
@pytest.mark.parametrize("value_first", [False, True])
def test_a_graph_with_weights_elsewhere(folder, tmp_path, monkeypatch, location, value_first):
    bias = numpy_helper.from_array(np.ones(28, np.float32))
    (tmp_path / "weights.bin").write_bytes(bias.raw_data)
    (folder / "weights.bin").write_bytes(bias.raw_data)
    monkeypatch.chdir(folder)
    graph = external((folder / "model.onnx").read_bytes(), location, value_first=value_first)
    rewrite(folder, "model.onnx", graph)
    refused(folder, "another file")


# Saving while the world goes wrong.


@pytest.fixture
def small_disk(tmp_path, tiny_artifact):
    """A file system of its own with room for one and a half models."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small file system takes root on Linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    size = tiny_artifact.n_bytes * 3 // 2
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_old_model(small_disk, tiny_artifact):
    tiny_artifact.save(small_disk / "model")
    with pytest.raises(ArtifactError, match="No space left"):
        other_artifact(tiny_artifact).save(small_disk / "model")
    assert load_artifact(small_disk / "model").digest == tiny_artifact.digest
    assert list(small_disk.iterdir()) == [small_disk / "model"]


def test_a_failure_while_renaming_leaves_the_old_model(folder, tiny_artifact, monkeypatch):
    real = Path.rename

    def fail(self, target):
        if self.name == "new":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr("emoticare.model.folders._exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ArtifactError, match="Nothing was changed"):
        other_artifact(tiny_artifact).save(folder)
    assert load_artifact(folder).digest == tiny_artifact.digest


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_there_is_a_model_at_every_moment_of_saving(folder, tiny_artifact, monkeypatch):
    digests = {tiny_artifact.digest, other_artifact(tiny_artifact).digest}
    real = Path.rename

    def rename(self, target):
        renamed = real(self, target)
        assert load_artifact(folder).digest in digests
        return renamed

    monkeypatch.setattr(Path, "rename", rename)
    other_artifact(tiny_artifact).save(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is of Unix")
def test_a_kill_while_saving_leaves_a_whole_model(folder, tiny_artifact, tmp_path):
    other = other_artifact(tiny_artifact)
    other.save(tmp_path / "other")
    program = f"""
from emoticare.model.artifact import load_artifact
models = [load_artifact({str(tmp_path / "other")!r}), load_artifact({str(folder)!r})]
print("ready", flush=True)
while True:
    for model in models:
        model.save({str(folder)!r})
"""
    generator = Random(time.time_ns())
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(generator.random() * 0.2)
            process.kill()
        assert load_artifact(folder).digest in {tiny_artifact.digest, other.digest}
