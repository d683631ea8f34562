"""The figures that `emoticare evaluate --json` wrote, for the model card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emoticare.errors import UsageError
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact

SHIPPED_EVALUATION: Final = EMBEDDED_MODEL / "evaluation.json"
"""Figures of the embedded model."""

FIGURES: Final = (
    "macro_f1",
    "micro_f1",
    "macro_f1_global",
    "micro_f1_global",
    "macro_f1_at_0.3",
    "micro_f1_at_0.3",
    "macro_f1_at_0.5",
    "micro_f1_at_0.5",
    "mean_average_precision",
    "bce_loss",
    "expected_calibration_error",
)
LABEL_FIGURES: Final = ("precision", "recall", "f1", "average_precision", "support")


@dataclass(frozen=True)
class Evaluation:
    """What was measured of one model.

    Attributes:
        split: Name of the split.
        n_texts: Texts in it.
        figures: Every name of `FIGURES` to its value; None where it is undefined.
        per_label: For each label, every name of `LABEL_FIGURES` to its value.
    """

    split: str
    n_texts: int
    figures: Mapping[str, float | None]
    per_label: Mapping[str, Mapping[str, float | None]]


def find_evaluation(artifact: ModelArtifact, file: Path | None) -> Evaluation | None:
    """Find the figures of a model: those in `file`, or those that ship with the package.

    Args:
        artifact: The model.
        file: What `emoticare evaluate --json` wrote; None to look in the package.

    Returns:
        None if no file was named and the package has no figures of this model.

    Raises:
        UsageError: If the file cannot be read, is something else, or tells of another model.
    """
    if file is None:
        if not SHIPPED_EVALUATION.exists():
            return None
        record = _read(SHIPPED_EVALUATION)
        same = record.get("model") in _digests(artifact)
        return _parse(record, artifact.config.labels, SHIPPED_EVALUATION) if same else None
    record = _read(file)
    if record.get("model") not in _digests(artifact):
        raise UsageError(
            f"Expected the figures of model {artifact.digest[:16]} in {file}, found those of "
            f"{str(record.get('model'))[:16]}. Measure this model with: emoticare evaluate --json"
        )
    return _parse(record, artifact.config.labels, file)


def _digests(artifact: ModelArtifact) -> set[str]:
    """Return the digests of the model in each of its domains: data is read in the one it is of."""
    domains = () if artifact.overlay else artifact.config.domains
    return {artifact.digest, *(artifact.in_domain(name).digest for name in domains)}


def _read(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} could not be read: {error.strerror}.") from error
    except ValueError as error:
        raise _not_an_evaluation(file, "something that is not JSON") from error
    if not isinstance(record, dict):
        raise _not_an_evaluation(file, f"a JSON {type(record).__name__}")
    return record


def _parse(record: Mapping[str, Any], labels: Sequence[str], file: Path) -> Evaluation:
    try:
        per_label = record["per_label"]
        return Evaluation(
            split=str(record["split"]),
            n_texts=int(record["n_texts"]),
            figures=_numbers(record, FIGURES),
            per_label={label: _numbers(per_label[label], LABEL_FIGURES) for label in labels},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _not_an_evaluation(file, f"{type(error).__name__} at {error}") from error


def _numbers(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, float | None]:
    return {name: None if record[name] is None else float(record[name]) for name in names}


def _not_an_evaluation(file: Path, found: str) -> UsageError:
    return UsageError(
        f"Expected in {file} what `emoticare evaluate --json` writes, found {found}. "
        "Measure the model again with this version of EmotiCare."
    )
