"""What a model of ours has beside the weights that transformers reads: `emoticare.safetensors`.

The ranges in which the int8 graph keeps its activations, the heads of all domains, and how the
weights came to be. With it a Hugging Face folder is read as the very model that was exported. It
names the SHA-256 sum of the weights that it belongs to.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from emoticare.errors import ArtifactError, MissingExtraError
from emoticare.model.config import MALFORMED
from emoticare.network.float_model import FloatModel
from emoticare.network.observers import ActivationRange
from emoticare.network.weights import FloatArray

WEIGHTS: Final = "model.safetensors"
COMPANION: Final = "emoticare.safetensors"

# One key alone: safetensors writes several in no fixed order.
_ORIGIN: Final = "emoticare"
_SCALE: Final = ".input_scale"
_ZERO_POINT: Final = ".input_zero_point"
_CHANNEL_SCALES: Final = ".input_channel_scales"
_LARGEST_EXPONENT: Final = 32


@dataclass(frozen=True, eq=False)
class Companion:
    """The content of `emoticare.safetensors`.

    Attributes:
        ranges: Of the inputs of the linear layers, by their names.
        heads: Weights of the heads where there are several, for domains or for risks; they replace
            those of the folder.
        provenance: How the weights came to be.
    """

    ranges: Mapping[str, ActivationRange]
    heads: Mapping[str, FloatArray] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: FloatModel, provenance: Mapping[str, Any]) -> "Companion":
        """Return that of a model with all its heads."""
        heads = {
            name: weight
            for name, weight in model.state_dict.items()
            if name.startswith("classifier")
        }
        # The only one stands in the folder's own weights.
        has_several = any(name.startswith("classifier_") for name in heads)
        return cls(model.ranges, heads if has_several else {}, provenance)

    def to_bytes(self, weights: bytes) -> bytes:
        """Return the file.

        Args:
            weights: The content of `model.safetensors`, to which it belongs.
        """
        tensors: dict[str, Any] = dict(self.heads)
        for name, known in self.ranges.items():
            tensors[f"{name}{_SCALE}"] = np.array([known.scale])
            tensors[f"{name}{_ZERO_POINT}"] = np.array([known.zero_point])
            if known.channel_scales is not None:
                tensors[f"{name}{_CHANNEL_SCALES}"] = known.channel_scales
        origin = {
            WEIGHTS: hashlib.sha256(weights).hexdigest(),
            "provenance": dict(self.provenance),
        }
        metadata = {_ORIGIN: json.dumps(origin, ensure_ascii=False)}
        return write_tensors(tensors, metadata)

    @classmethod
    def parse(cls, content: bytes, weights: bytes) -> "Companion":
        """Read what `to_bytes` gave.

        Args:
            content: Of the file.
            weights: The content of `model.safetensors` beside it.

        Raises:
            ArtifactError: If it is something else, or belongs to other weights.
        """
        tensors, metadata = read_tensors(content, COMPANION)
        try:
            origin = json.loads(metadata[_ORIGIN])
            if origin[WEIGHTS] != hashlib.sha256(weights).hexdigest():
                raise ArtifactError(
                    f"{COMPANION} belongs to another {WEIGHTS} than the one beside it. Copy both "
                    f"from one export; or delete {COMPANION}, and the model is read in float32."
                )
            names = [name.removesuffix(_SCALE) for name in tensors if name.endswith(_SCALE)]
            return cls(
                {name: _range(tensors, name) for name in names},
                {k: v for k, v in tensors.items() if k.startswith("classifier")},
                dict(origin["provenance"]),
            )
        except MALFORMED as error:
            raise ArtifactError(
                f"{COMPANION} does not hold the ranges of a model ({type(error).__name__}). "
                "Export the model again."
            ) from error


def _range(tensors: Mapping[str, Any], name: str) -> ActivationRange:
    (scale,), (zero_point,) = tensors[f"{name}{_SCALE}"], tensors[f"{name}{_ZERO_POINT}"]
    if not 0 < float(scale) < np.inf or zero_point.dtype != np.uint8:
        raise ValueError("a scale must be above 0, a zero point 8 bits")
    channel_scales = tensors.get(f"{name}{_CHANNEL_SCALES}")
    if channel_scales is not None:
        mantissas, exponents = np.frexp(channel_scales)
        are_powers = (mantissas == 0.5) & (np.abs(exponents) <= _LARGEST_EXPONENT)  # noqa: PLR2004
        if channel_scales.dtype != np.float32 or not are_powers.all():
            raise ValueError("scales of channels must be powers of two")
    return ActivationRange.of_steps(float(scale), int(zero_point), channel_scales)


def write_tensors(tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> bytes:
    """Return arrays as a safetensors file; equal for equal ones.

    Raises:
        MissingExtraError: If the package `safetensors` is not installed.
    """
    try:
        import safetensors.numpy
    except ImportError as error:
        raise MissingExtraError(f"Writing {WEIGHTS}", "export") from error
    arrays = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    content: bytes = safetensors.numpy.save(arrays, metadata=dict(metadata))
    return content


def read_tensors(content: bytes, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the arrays of a safetensors file, which the package has checked, and its metadata.

    Args:
        content: Of the file.
        name: What messages call it.

    Raises:
        ArtifactError: If it is no whole safetensors file of floats or bytes.
        MissingExtraError: If the package `safetensors` is not installed.
    """
    try:
        import safetensors.numpy
    except ImportError as error:
        raise MissingExtraError("Reading a Hugging Face folder", "export") from error
    try:
        tensors = {key: _narrowed(value) for key, value in safetensors.numpy.load(content).items()}
        end = 8 + int.from_bytes(content[:8], "little")
        return tensors, dict(json.loads(content[8:end]).get("__metadata__", {}))
    except (safetensors.SafetensorError, *MALFORMED) as error:
        raise ArtifactError(
            f"{name} is no whole safetensors file of float32 weights ({error}). Copy or save the "
            "model again."
        ) from error


def _narrowed(array: Any) -> Any:
    """Return floats of any size in 32 bits; bytes stay as they are."""
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(f"found {array.dtype}")
    return array.astype(np.float32, copy=False)
