"""Thresholds and calibration apart from a model's weights.

A model brings some for each domain of text that it was fitted for. An overlay is a user's own, in a
small file that comes from `emoticare tune`, perhaps by way of somebody else: it is checked in every
part, and holds numbers only.
"""

import json
import math
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import ArtifactError
from emoticare.model.files import json_bytes
from emoticare.stages.decision import Thresholds

FORMAT: Final = "emoticare-overlay"
FORMAT_VERSION: Final = 1

_MAX_BYTES: Final = 2**20
_LOWEST_SCALE: Final = 1e-3
_HIGHEST: Final = 1e3
_LONGEST_OBJECTIVE: Final = 40


@dataclass(frozen=True)
class Adjustment:
    """Thresholds, and an affine map of each label's logit.

    Attributes:
        thresholds: Decision thresholds, on the calibrated probabilities.
        scale: For each label, what its logit is multiplied by; above 0.
        offset: For each label, what is then added to the logit.
    """

    thresholds: Thresholds
    scale: Mapping[str, float]
    offset: Mapping[str, float]

    @classmethod
    def without_map(cls, thresholds: Thresholds) -> "Adjustment":
        """Return thresholds alone: logits stay as they are."""
        labels = thresholds.per_label
        return Adjustment(thresholds, dict.fromkeys(labels, 1.0), dict.fromkeys(labels, 0.0))

    def calibration(
        self, labels: Sequence[str]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return scale and offset, float32 of shape (n_labels,) each."""
        scale = np.array([self.scale[label] for label in labels], np.float32)
        return scale, np.array([self.offset[label] for label in labels], np.float32)

    def numbers(self) -> dict[str, object]:
        """Return the thresholds and the calibration, fit for JSON."""
        return {
            "thresholds": {
                "shared": self.thresholds.shared,
                "per_label": dict(self.thresholds.per_label),
            },
            "calibration": {"scale": dict(self.scale), "offset": dict(self.offset)},
        }

    @staticmethod
    def parse_numbers(content: Mapping[str, Any], labels: Sequence[str]) -> "Adjustment":
        """Read what `numbers` gives.

        Args:
            content: Anything.
            labels: The labels of the model it is for.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: If it is no sensible threshold, scale
                and offset for each label.
        """
        thresholds, calibration = content["thresholds"], content["calibration"]
        return Adjustment(
            Thresholds(
                _number(thresholds["shared"], 0, 1),
                _numbers(thresholds["per_label"], labels, 0, 1),
            ),
            _numbers(calibration["scale"], labels, _LOWEST_SCALE, _HIGHEST),
            _numbers(calibration["offset"], labels, -_HIGHEST, _HIGHEST),
        )


@dataclass(frozen=True, kw_only=True)
class Overlay(Adjustment):
    """A user's own adjustment, which replaces a model's thresholds.

    Attributes:
        model: Digest of the model that it was fitted on, and fits alone.
        objective: What it was fitted for, such as "precision=0.9".
    """

    model: str
    objective: str

    def to_json(self) -> dict[str, object]:
        """Return the content of the file."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "objective": self.objective,
            **self.numbers(),
        }

    def to_bytes(self) -> bytes:
        """Return the file's bytes; equal for equal overlays."""
        return json_bytes(self.to_json(), allow_nan=False)

    @classmethod
    def from_json(cls, content: object, labels: Sequence[str]) -> "Overlay":
        """Read the content of a file.

        Args:
            content: Anything.
            labels: The labels of the model it is for.

        Raises:
            ArtifactError: If it is no overlay, or one of a model with other labels.
        """
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ArtifactError(
                "Expected an overlay as `emoticare tune` writes it, found something else."
            )
        if content.get("format_version") != FORMAT_VERSION:
            raise ArtifactError(
                f"Expected an overlay of format version {FORMAT_VERSION}, found another. Install "
                "the version of EmotiCare that made it, or run `emoticare tune` again."
            )
        try:
            return cls._parse(content, labels)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise ArtifactError(
                "The overlay does not hold a sensible threshold, scale and offset for each label "
                f"of the model ({type(error).__name__}). Run `emoticare tune` again."
            ) from error

    @classmethod
    def _parse(cls, content: Mapping[str, Any], labels: Sequence[str]) -> "Overlay":
        model, objective = content["model"], content["objective"]
        if not isinstance(model, str) or not isinstance(objective, str):
            raise TypeError("model and objective must be strings")
        _refuse_other_labels(content, labels)
        if not objective.isprintable() or len(objective) > _LONGEST_OBJECTIVE:
            raise ValueError("the objective must be short")
        numbers = cls.parse_numbers(content, labels)
        return cls(
            numbers.thresholds, numbers.scale, numbers.offset, model=model, objective=objective
        )


def read_overlay(path: Path | str, labels: Sequence[str]) -> Overlay:
    """Read the file of an overlay.

    Args:
        path: A regular file.
        labels: The labels of the model it is for.

    Raises:
        ArtifactError: If it cannot be read, or is not an overlay for these labels.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise ArtifactError(
                f"Expected an overlay at {path}, a file of at most {_MAX_BYTES} bytes, found "
                "something else."
            )
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ArtifactError(
            f"The overlay at {path} could not be read: {error.strerror}. Check the path."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            f"{path} is not valid JSON. Copy the overlay again, or run `emoticare tune` again."
        ) from error
    try:
        return Overlay.from_json(content, labels)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error


def _refuse_other_labels(content: Mapping[str, Any], labels: Sequence[str]) -> None:
    found = content["thresholds"]["per_label"]
    if isinstance(found, dict) and set(found) != set(labels):
        raise ArtifactError(
            "Expected an overlay for this model's labels, found one with others: it belongs to the "
            f"model {content['model'][:16]!a}. Name that model, or run `emoticare tune` again with "
            "this one."
        )


def _numbers(
    values: Mapping[str, object], labels: Sequence[str], lowest: float, highest: float
) -> dict[str, float]:
    if not isinstance(values, dict) or set(values) != set(labels):
        raise ValueError("expected a number for each label of the model and no other")
    return {label: _number(values[label], lowest, highest) for label in labels}


def _number(value: object, lowest: float, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("expected a number")
    if not math.isfinite(value) or not lowest <= value <= highest:
        raise ValueError("a number is out of its range")
    return float(value)
