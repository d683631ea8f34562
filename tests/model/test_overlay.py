import json
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emoticare
from emoticare.errors import ArtifactError
from emoticare.labels import LABELS
from emoticare.model.overlay import Overlay, read_overlay
from emoticare.stages.decision import Thresholds


@pytest.fixture(scope="module")
def overlay(tiny_artifact) -> Overlay:
    return Overlay(
        Thresholds(0.3, {label: 0.2 + i / 100 for i, label in enumerate(LABELS)}),
        dict.fromkeys(LABELS, 2.0),
        dict.fromkeys(LABELS, -0.5),
        model=tiny_artifact.digest,
        objective="precision=0.9",
    )


@pytest.fixture
def file(overlay, tmp_path):
    path = tmp_path / "overlay.json"
    path.write_bytes(overlay.to_bytes())
    return path


def test_it_maps_logits_and_replaces_thresholds(tiny, tiny_artifact, file, overlay):
    tuned = emoticare.load(tiny_artifact, overlay=file)
    texts = ["so happy", "", "i hate it"]
    np.testing.assert_allclose(
        tuned.predict_logits(texts), tiny.predict_logits(texts) * 2 - 0.5, rtol=1e-6
    )
    assert tuned.artifact.config.thresholds == overlay.thresholds
    scores = tuned("so happy").scores
    expected = [x for x in LABELS if scores[x] >= overlay.thresholds.per_label[x]]
    assert sorted(tuned("so happy").labels) == sorted(expected)


def test_a_model_with_it_is_another_model(tiny_artifact, overlay):
    tuned = tiny_artifact.with_overlay(overlay)
    assert tuned.digest != tiny_artifact.digest
    copy = pickle.loads(pickle.dumps(emoticare.load(tuned)))
    assert copy.artifact.digest == tuned.digest


def test_it_fits_one_model_only(embedded, file):
    with pytest.raises(ArtifactError, match="one that belongs to another"):
        emoticare.load(overlay=file)


def test_one_of_a_model_with_other_labels_is_told_as_such(overlay, tmp_path):
    path = tmp_path / "overlay.json"
    path.write_bytes(overlay.to_bytes())
    with pytest.raises(ArtifactError, match=f"belongs to the model '{overlay.model[:16]}'"):
        read_overlay(path, ("billing", "delivery"))


def test_a_model_with_it_is_not_saved(tiny_artifact, overlay, tmp_path):
    with pytest.raises(ArtifactError, match="without an overlay"):
        tiny_artifact.with_overlay(overlay).save(tmp_path / "model")


def test_it_comes_back_as_it_was(file, overlay):
    assert read_overlay(file, LABELS) == overlay


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), "x"),
        (("format_version",), 2),
        (("model",), 3),
        (("objective",), "x" * 99),
        (("objective",), "\x1b[31m"),
        (("thresholds",), None),
        (("thresholds", "shared"), 2),
        (("thresholds", "per_label"), []),
        (("thresholds", "per_label", "joy"), float("nan")),
        (("thresholds", "per_label", "joy"), "0.5"),
        (("thresholds", "per_label", "joy"), True),
        (("thresholds", "per_label", "bliss"), 0.5),
        (("calibration", "scale", "joy"), 0),
        (("calibration", "scale", "joy"), -1),
        (("calibration", "offset", "joy"), 1e99),
        (("calibration", "offset"), {}),
    ],
)
def test_a_hostile_file_is_refused(overlay, tmp_path, place, value):
    content = json.loads(overlay.to_bytes())
    node = content
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    path = tmp_path / "overlay.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ArtifactError):
        read_overlay(path, LABELS)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[" * 100_000, b"[]", b"null", b"x" * 2**21],
    ids=["empty", "no UTF-8", "deep", "list", "null", "large"],
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "overlay.json"
    path.write_bytes(content)
    with pytest.raises(ArtifactError):
        read_overlay(path, LABELS)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "pipe"):
        with pytest.raises(ArtifactError):
            read_overlay(path, LABELS)


@given(
    st.recursive(
        st.none() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["format", "format_version", "thresholds", "model", "calibration"]),
                x,
            )
        ),
    )
)
def test_any_json_is_refused_or_read(content):
    with pytest.raises(ArtifactError):
        Overlay.from_json(content, LABELS)
