"""A model's folder: what it holds, how it is checked, loaded and saved.

Files: `model.onnx` (the graph), `tokenizer.json`, `config.json` (labels, thresholds, provenance)
and `manifest.json` with the size and SHA-256 sum of the other three. A file is read once; the bytes
that were summed are the bytes that are used.
"""

import hashlib
import json
import math
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emoticare.errors import ArtifactError, UsageError, did_you_mean
from emoticare.model.files import json_bytes
from emoticare.model.fitted import FittedConstants
from emoticare.model.folders import holds_only, save_folder
from emoticare.model.graph_check import check_graph
from emoticare.model.overlay import Adjustment, Overlay, read_overlay
from emoticare.stages.decision import Thresholds
from emoticare.stages.probabilities import FloatArray

if TYPE_CHECKING:
    from emoticare.network.float_model import FloatModel

FORMAT: Final = "emoticare-model"
FORMAT_VERSION: Final = 1
EMBEDDED_MODEL: Final = Path(__file__).parent / "embedded"
MANIFEST: Final = "manifest.json"
FILES: Final = ("model.onnx", "tokenizer.json", "config.json")

ACTIVATIONS: Final = ("gelu", "relu")

# Protocol buffers, which ONNX is made of, end at 2 GB. JSON takes ten times its bytes in memory.
_MAX_BYTES: Final = {
    "model.onnx": 2**31,
    "tokenizer.json": 64 * 2**20,
    "config.json": 4 * 2**20,
    MANIFEST: 2**20,
}
_MAX_LENGTH: Final = 2**16
_MALFORMED: Final = (
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class ModelConfig:
    """What a model's config.json says.

    Attributes:
        labels: Names of the outputs, in order.
        max_length: Most tokens of a text.
        n_heads: Attention heads, the one size that the weights do not show.
        thresholds: Decision thresholds.
        provenance: How the model came to be: data checksum, preset, seed, commit, figures on dev.
        activation: Of the feed-forward blocks, one of `ACTIVATIONS`.
        domains: Thresholds and calibration by domain of text; none where the model has but its own
            thresholds, and logits that need no calibration.
        domain: The one in force, whose thresholds stand in `thresholds`.
        heads: The domains for which the graph has an output of its own.
        fitted: Constants beside the thresholds: of documents, groups and the default policy.
    """

    labels: tuple[str, ...]
    max_length: int
    n_heads: int
    thresholds: Thresholds
    provenance: Mapping[str, Any]
    activation: str = "gelu"
    domains: Mapping[str, Adjustment] = field(default_factory=dict)
    domain: str | None = None
    heads: tuple[str, ...] = ()
    fitted: FittedConstants = field(default_factory=FittedConstants)

    def provenance_part(self, name: str) -> Mapping[str, Any]:
        """Return a part of the provenance, such as "data" or "preset".

        Another maker may have put anything there: what is no mapping counts as empty.
        """
        part = self.provenance.get(name)
        return part if isinstance(part, dict) else {}

    def to_json(self) -> dict[str, object]:
        """Return the content of config.json."""
        return {
            "labels": list(self.labels),
            "max_length": self.max_length,
            "n_heads": self.n_heads,
            "activation": self.activation,
            "thresholds": {
                "shared": self.thresholds.shared,
                "per_label": dict(self.thresholds.per_label),
            },
            **self._domains_to_json(),
            **self._fitted_to_json(),
            "provenance": dict(self.provenance),
        }

    @property
    def output(self) -> str:
        """The graph's output for the domain in force."""
        return f"logits_{self.domain}" if self.domain in self.heads else "logits"

    def _domains_to_json(self) -> dict[str, object]:
        if not self.domains:
            return {}
        domains = {name: domain.numbers() for name, domain in self.domains.items()}
        heads = {"heads": list(self.heads)} if self.heads else {}
        return {"domain": self.domain, "domains": domains, **heads}

    def _fitted_to_json(self) -> dict[str, object]:
        fitted = self.fitted.to_json()
        return {"fitted": fitted} if fitted else {}

    @classmethod
    def from_json(cls, content: object) -> "ModelConfig":
        """Read the content of config.json.

        Raises:
            ArtifactError: If a field is missing or makes no sense.
        """
        try:
            return cls._parse(content)
        except _MALFORMED as error:
            raise ArtifactError(
                f"config.json of the model is not valid ({type(error).__name__}: {error}). "
                "Save the model again with EmotiCare."
            ) from error

    @classmethod
    def _parse(cls, content: Any) -> "ModelConfig":
        labels = tuple(content["labels"])
        per_label = {label: float(content["thresholds"]["per_label"][label]) for label in labels}
        shared = float(content["thresholds"]["shared"])
        max_length, n_heads = int(content["max_length"]), int(content["n_heads"])
        if not labels or not all(isinstance(x, str) and x and x.isprintable() for x in labels):
            raise ValueError("labels must be a list of printable names")
        if len(set(labels)) < len(labels):
            raise ValueError("labels must not repeat")
        if not all(math.isfinite(t) and 0 <= t <= 1 for t in (shared, *per_label.values())):
            raise ValueError("thresholds must lie between 0 and 1")
        if not 3 <= max_length <= _MAX_LENGTH or n_heads < 1:  # noqa: PLR2004 - [CLS] x [SEP]
            raise ValueError(f"max_length must be 3 to {_MAX_LENGTH} and n_heads at least 1")
        # Models of earlier versions do not name it.
        activation = content.get("activation", "gelu")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}")
        provenance = dict(content["provenance"])
        domains = {
            str(name): Adjustment.parse_numbers(numbers, labels)
            for name, numbers in dict(content.get("domains", {})).items()
        }
        domain = content.get("domain")
        if domains and domain not in domains:
            raise ValueError(f"domain must be one of {', '.join(domains)}")
        config = cls(
            labels,
            max_length,
            n_heads,
            domains[domain].thresholds if domains else Thresholds(shared, per_label),
            provenance,
            activation,
            domains,
            domain if domains else None,
            _heads(content.get("heads", []), domains),
            FittedConstants.parse(content.get("fitted", {})),
        )
        json_bytes(config.to_json())  # what cannot be written again cannot be shown either
        return config


def _heads(names: Any, domains: Mapping[str, Adjustment]) -> tuple[str, ...]:
    heads = tuple(names)
    if not set(heads) <= set(domains):
        raise ValueError("heads must be names of domains")
    return heads


@dataclass(frozen=True)
class ModelArtifact:
    """A model in memory, checked.

    Attributes:
        graph: Serialized ONNX graph.
        tokenizer_json: Content of tokenizer.json.
        config: Labels, thresholds and the rest.
        overlay: A user's own calibration, whose thresholds then stand in `config`.
    """

    graph: bytes
    tokenizer_json: str
    config: ModelConfig
    overlay: Overlay | None = None

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

    def float_model(self, *, every_head: bool = False) -> "FloatModel":
        """Return the weights in float32.

        Args:
            every_head: Keep the heads of all domains, not only that of the domain in force.

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
        if every_head:
            return model
        return model.of_head(config.domain if config.domain in config.heads else None)

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
    """Read and verifies a model's folder.

    Args:
        folder: The folder; None for the embedded model.
        overlay: A user's own thresholds and calibration for this model, or their file.
        domain: The domain of text whose thresholds and calibration to use; None for the model's
            own choice.

    Raises:
        ArtifactError: If the folder or the overlay is missing, incomplete, altered, foreign or made
            by a newer version, or they do not belong together.
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
    sums = _read_manifest(folder)
    contents = {name: _read_verified(folder, name, sums) for name in FILES}
    check_graph(contents["model.onnx"], f"model.onnx in {folder}")
    config = ModelConfig.from_json(_parse_json(contents["config.json"], folder / "config.json"))
    try:
        tokenizer_json = contents["tokenizer.json"].decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"tokenizer.json in {folder} is not UTF-8. Save the model again with EmotiCare."
        ) from error
    return ModelArtifact(contents["model.onnx"], tokenizer_json, config)


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
            "A model's folder is what `emoticare train` or `emoticare export onnx` wrote."
        )
    manifest = _parse_json(_read(folder, MANIFEST, _MAX_BYTES[MANIFEST]), path)
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
    content = _read(folder, name, min(entry["bytes"], _MAX_BYTES[name]))
    if hashlib.sha256(content).hexdigest() != entry.get("sha256"):
        raise ArtifactError(
            f"{name} in {folder} was altered: its SHA-256 sum is not the one in {MANIFEST}. "
            "Copy or save the model again."
        )
    return content


def _read(folder: Path, name: str, max_bytes: int) -> bytes:
    """Read a regular file that lies in the folder itself, never more than `max_bytes` of it."""
    path = folder / name
    try:
        if path.resolve().parent != folder.resolve():
            raise ArtifactError(f"{path} is a link out of the model's folder. Copy the file in.")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactError(f"{path} is not a regular file. Copy the file itself there.")
        if status.st_size > max_bytes:
            raise ArtifactError(
                f"{path} is larger than expected ({status.st_size} bytes, not {max_bytes}). Copy "
                "or save the model again."
            )
        with path.open("rb") as file:
            return file.read(status.st_size)
    except FileNotFoundError as error:
        raise ArtifactError(
            f"The model in {folder} is incomplete: {name} is missing. Copy or save the model again."
        ) from error
    except OSError as error:
        raise ArtifactError(f"{path} could not be read: {error.strerror}.") from error
    except RuntimeError as error:  # a link to itself, before Python 3.13
        raise ArtifactError(f"{path} could not be read: {error}.") from error


def _parse_json(content: bytes, path: Path) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is not valid JSON. Copy or save the model again.") from error


def _sums(contents: Mapping[str, bytes]) -> dict[str, dict[str, object]]:
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
