"""A model's folder: what it holds, how it is checked, loaded and saved.

Files: `model.onnx` (the graph), `tokenizer.json`, `config.json` (labels, thresholds, provenance)
and `manifest.json` with the size and SHA-256 sum of the other three. A file is read once; the bytes
that were summed are the bytes that are used. A Hugging Face folder is read, too.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emoticare.errors import ArtifactError, UsageError, did_you_mean
from emoticare.model.config import ModelConfig
from emoticare.model.files import json_bytes
from emoticare.model.folders import holds_only, save_folder
from emoticare.model.graph_check import check_graph
from emoticare.model.overlay import Adjustment, Overlay, read_overlay
from emoticare.model.reading import MAX_BYTES, decode_utf8, parse_json, read_file
from emoticare.stages.probabilities import FloatArray

if TYPE_CHECKING:
    from emoticare.network.float_model import FloatModel

FORMAT: Final = "emoticare-model"
FORMAT_VERSION: Final = 1
EMBEDDED_MODEL: Final = Path(__file__).parent / "embedded"
MANIFEST: Final = "manifest.json"
FILES: Final = ("model.onnx", "tokenizer.json", "config.json")

# How transformers names weights, the second of which are never read.
_OF_TRANSFORMERS: Final = ("model.safetensors", "pytorch_model.bin")
# Protocol buffers, which ONNX is made of, end at 2 GB.
_MAX_BYTES: Final = {**MAX_BYTES, "model.onnx": 2**31, MANIFEST: 2**20}


@dataclass(frozen=True)
class ModelArtifact:
    """A model in memory, checked.

    Attributes:
        graph: Serialized ONNX graph.
        tokenizer_json: Content of tokenizer.json.
        config: Labels, thresholds and the rest.
        overlay: A user's own calibration, whose thresholds then stand in `config`.
        read_as: How it was read where no manifest vouches for its files; None where one does.
    """

    graph: bytes
    tokenizer_json: str
    config: ModelConfig
    overlay: Overlay | None = None
    read_as: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        # The graph alone has tens of millions of bytes.
        config = self.config
        return (
            f"ModelArtifact({len(config.labels)} labels, domain={config.domain!r:.40}, "
            f"{self.n_bytes / 1e6:.1f} MB, digest={self.digest[:12]!r})"
        )

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """The bytes of every file but the manifest, by name."""
        return {
            "model.onnx": self.graph,
            "tokenizer.json": self.tokenizer_json.encode(),
            "config.json": json_bytes(self.config.to_json()),
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) over all files: equal for equal models, and for no others."""
        tuned = self.overlay.to_bytes() if self.overlay else b""
        return hashlib.sha256(json_bytes(_sums(self.contents)) + tuned).hexdigest()

    @property
    def n_bytes(self) -> int:
        """Size of all files together, without the manifest."""
        return sum(map(len, self.contents.values()))

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of every file of the model's folder, the manifest included, by name."""
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "files": _sums(self.contents),
        }
        return {**self.contents, MANIFEST: json_bytes(manifest)}

    @cached_property
    def calibration(self) -> tuple[FloatArray, FloatArray] | None:
        """Scale and offset of the graph's logits, of shape (n_labels,) each; None for no change.

        That of the domain comes first, then that of the overlay.
        """
        config = self.config
        adjustments: list[Adjustment] = [config.domains[config.domain]] if config.domain else []
        adjustments += [self.overlay] if self.overlay else []
        scale, offset = np.ones(1, np.float32), np.zeros(1, np.float32)
        for adjustment in adjustments:
            factor, shift = adjustment.calibration(config.labels)
            scale, offset = scale * factor, offset * factor + shift
        return None if np.all(scale == 1) and not np.any(offset) else (scale, offset)

    def float_model(self, *, every_head: bool = False, risks: bool = False) -> "FloatModel":
        """Return the weights in float32.

        Args:
            every_head: Keep the heads of all domains, not only that of the domain in force, and
                the one for risks.
            risks: Keep the one for risks.

        Raises:
            ArtifactError: If its graph and its configuration do not fit each other.
            MissingExtraError: If the packages for exporting are not installed.
        """
        from emoticare.network.float_model import FloatModel

        config = self.config
        model = FloatModel.of(
            self.graph,
            n_heads=config.n_heads,
            activation=config.activation,
            n_labels=len(config.labels),
            max_length=config.max_length,
        )
        return model if every_head else model.of_head(self.head, risks=risks)

    @property
    def head(self) -> str | None:
        """The head of the domain in force; None for the first one."""
        return self.config.domain if self.config.domain in self.config.heads else None

    def in_domain(self, name: str) -> "ModelArtifact":
        """Return the model with its thresholds and calibration for a domain of text.

        Args:
            name: One of `config.domains`, such as "everyday" or "reddit".

        Raises:
            UsageError: If the model has none of that name, or an overlay is in force already.
        """
        domains = self.config.domains
        if name not in domains:
            known = f"one of {', '.join(domains)}" if domains else "none: the model has no domains"
            raise UsageError(
                f"Expected as domain {known}, found {name!r}.{did_you_mean(name, domains)}"
            )
        if self.overlay:
            raise UsageError("Expected a domain before an overlay is applied, found one after it.")
        thresholds = domains[name].thresholds
        return replace(self, config=replace(self.config, thresholds=thresholds, domain=name))

    def with_overlay(self, overlay: Overlay) -> "ModelArtifact":
        """Return the model with a user's own thresholds and calibration.

        Raises:
            ArtifactError: If the overlay was fitted on another model.
        """
        if overlay.model != self.digest:
            raise ArtifactError(
                f"Expected an overlay fitted on the model {self.digest[:16]}, found one that "
                f"belongs to another, {overlay.model[:16]!a}. Name that model, or run `emoticare "
                "tune` again with this one."
            )
        return replace(
            self, config=replace(self.config, thresholds=overlay.thresholds), overlay=overlay
        )

    def save(self, folder: Path | str) -> None:
        """Write the model as a folder, whole or not at all.

        Args:
            folder: Must not exist yet, be empty, or hold an EmotiCare model, which is replaced.

        Raises:
            ArtifactError: If the folder holds something else, or cannot be written; or the model
                has an overlay, which stays a file of its own.
        """
        if self.overlay:
            raise ArtifactError(
                "Expected a model without an overlay to save, found one with. Save the model as it "
                "was loaded without, and keep the overlay beside it."
            )
        save_folder(
            folder,
            self.files,
            kind="an EmotiCare model",
            may_replace=lambda existing: holds_only(existing, (*FILES, MANIFEST)),
        )


def load_artifact(
    folder: Path | str | None = None,
    overlay: Overlay | Path | str | None = None,
    domain: str | None = None,
) -> ModelArtifact:
    """Read and verify a model's folder.

    Args:
        folder: One of ours, or a Hugging Face folder of a DistilBERT, as `emoticare export hf`
            writes it and the hub's cache holds it; None for the embedded model.
        overlay: A user's own thresholds and calibration for this model, or their file.
        domain: The domain of text whose thresholds and calibration to use; None for the model's
            own choice.

    Raises:
        ArtifactError: If the folder or the overlay is missing, incomplete, altered, foreign or made
            by a newer version, or they do not belong together.
        MissingExtraError: If it is a Hugging Face folder, and the packages that read it are not
            installed.
        UsageError: If the model has no such domain.
    """
    artifact = _load_artifact(EMBEDDED_MODEL if folder is None else folder)
    if domain is not None:
        artifact = artifact.in_domain(domain)
    return artifact if overlay is None else apply_overlay(artifact, overlay)


def apply_overlay(artifact: ModelArtifact, overlay: Overlay | Path | str) -> ModelArtifact:
    """Return the model with an overlay, which is read where it is a path.

    Raises:
        ArtifactError: If it cannot be read or was fitted on another model.
    """
    if not isinstance(overlay, Overlay):
        overlay = read_overlay(overlay, artifact.config.labels)
    return artifact.with_overlay(overlay)


def _load_artifact(folder: Path | str) -> ModelArtifact:
    folder = Path(folder)
    if _is_hugging_face(folder):
        from emoticare.model.hugging_face import read_hugging_face

        read = read_hugging_face(folder)
        return ModelArtifact(read.graph, read.tokenizer_json, read.config, read_as=read.read_as)
    sums = _read_manifest(folder)
    contents = {name: _read_verified(folder, name, sums) for name in FILES}
    check_graph(contents["model.onnx"], f"model.onnx in {folder}")
    config = ModelConfig.from_json(parse_json(contents["config.json"], folder / "config.json"))
    tokenizer_json = decode_utf8(contents["tokenizer.json"], folder / "tokenizer.json")
    return ModelArtifact(contents["model.onnx"], tokenizer_json, config)


def _is_hugging_face(folder: Path) -> bool:
    try:
        present = [(folder / name).exists() for name in (MANIFEST, *_OF_TRANSFORMERS)]
    except OSError:
        return False  # reading it says why
    return not present[0] and any(present)


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / MANIFEST
    try:
        is_folder, has_manifest = folder.is_dir(), path.exists()
    except OSError as error:
        raise ArtifactError(f"{folder} could not be read: {error.strerror}.") from error
    if not is_folder:
        raise ArtifactError(
            f"Expected the folder of a model, found no folder at {folder}. Check the path, or name "
            "none to use the embedded model."
        )
    if not has_manifest:
        raise ArtifactError(
            f"{folder} is not an EmotiCare model: it has no {MANIFEST}. "
            "A model's folder is what `emoticare train` or `emoticare export` wrote."
        )
    manifest = parse_json(read_file(folder, MANIFEST, _MAX_BYTES[MANIFEST]), path)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"{path} is not the manifest of an EmotiCare model. Name a folder that "
            "`emoticare train` or `emoticare export onnx` wrote."
        )
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactError(
            f"{path} has format version {manifest.get('format_version')!r}, this EmotiCare reads "
            f"{FORMAT_VERSION}. Install the version of EmotiCare that made the model."
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or not set(FILES) <= set(files):
        raise ArtifactError(
            f"{path} does not list {', '.join(FILES)}. Copy or save the model again."
        )
    return files


def _read_verified(folder: Path, name: str, sums: Mapping[str, Any]) -> bytes:
    entry = sums[name]
    if not isinstance(entry, dict) or not isinstance(entry.get("bytes"), int):
        raise ArtifactError(
            f"The manifest in {folder} has no size for {name}. Copy or save the model again."
        )
    content = read_file(folder, name, min(entry["bytes"], _MAX_BYTES[name]))
    if hashlib.sha256(content).hexdigest() != entry.get("sha256"):
        raise ArtifactError(
            f"{name} in {folder} was altered: its SHA-256 sum is not the one in {MANIFEST}. "
            "Copy or save the model again."
        )
    return content


def _sums(contents: Mapping[str, bytes]) -> dict[str, dict[str, object]]:
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
