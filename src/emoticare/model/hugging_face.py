"""A Hugging Face folder of a DistilBERT, read as a model of ours.

Such a folder has no manifest. Its weights are read by safetensors, which checks sizes and places,
and made into a graph here: no graph from outside is run, and nothing is unpickled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emoticare.errors import ArtifactError
from emoticare.model.companion import COMPANION, WEIGHTS, Companion, read_tensors
from emoticare.model.config import MALFORMED, ModelConfig
from emoticare.model.reading import MAX_BYTES, decode_utf8, parse_json, read_file
from emoticare.network.float_model import FloatModel
from emoticare.stages.decision import UNFITTED_THRESHOLD

MARK: Final = "emoticare"
"""The key of config.json under which our own exports keep thresholds and the rest."""
NEEDED: Final = ("config.json", "tokenizer.json", WEIGHTS)
READ: Final = (*NEEDED, COMPANION)
"""All files that are read; the last one is missing from folders that others made."""

# A graph of these weights has to fit into a protocol buffer of 2 GB.
_MAX_BYTES: Final = {**MAX_BYTES, WEIGHTS: 2_000_000_000, COMPANION: 64 * 2**20}
_PICKLED: Final = "pytorch_model.bin"
_FITTED: Final = (
    "max_length",
    "thresholds",
    "domain",
    "domains",
    "heads",
    "risks",
    "reads_context",
    "fitted",
)


@dataclass(frozen=True, eq=False)
class HuggingFaceModel:
    """What a Hugging Face folder holds.

    Attributes:
        graph: Serialized ONNX graph, made of the weights: in int8 where the folder says in which
            ranges activations lie, as our own exports do, and in float32 otherwise.
        tokenizer_json: Content of tokenizer.json.
        config: Labels, thresholds and the rest.
        read_as: How it was read.
    """

    graph: bytes
    tokenizer_json: str
    config: ModelConfig
    read_as: str


def read_hugging_face(folder: Path) -> HuggingFaceModel:
    """Read the folder of a DistilBERT that classifies sequences by several labels.

    Raises:
        ArtifactError: If it is of another kind, incomplete, damaged or contradicts itself.
        MissingExtraError: If the packages that read it are not installed.
    """
    if not (folder / WEIGHTS).exists():
        raise ArtifactError(
            f"Expected weights as {WEIGHTS} in {folder}, found {_PICKLED}, which may run code as "
            "it is read. Save the model with transformers' save_pretrained again."
        )
    contents = {name: read_file(folder, name, _MAX_BYTES[name]) for name in NEEDED}
    weights = contents[WEIGHTS]
    companion = _read_companion(folder, weights)
    content = parse_json(contents["config.json"], folder / "config.json")
    config = _model_config(content, companion)
    state_dict = read_tensors(weights, WEIGHTS)[0]
    if companion:
        state_dict |= companion.heads
    model = FloatModel.of_weights(
        state_dict,
        companion.ranges if companion else {},
        n_heads=config.n_heads,
        activation=config.activation,
        n_labels=len(config.labels),
        max_length=config.max_length,
    ).without_zeros()
    tokenizer_json = decode_utf8(contents["tokenizer.json"], folder / "tokenizer.json")
    graph = _graph(model, is_int8=companion is not None)
    return HuggingFaceModel(graph, tokenizer_json, config, _read_as(content, companion))


def _read_companion(folder: Path, weights: bytes) -> Companion | None:
    if not (folder / COMPANION).exists():
        return None
    return Companion.parse(read_file(folder, COMPANION, _MAX_BYTES[COMPANION]), weights)


def _graph(model: FloatModel, *, is_int8: bool) -> bytes:
    try:
        return model.int8_graph() if is_int8 else model.graph()
    except MALFORMED as error:
        raise ArtifactError(
            f"No graph can be made of {WEIGHTS}{f' and {COMPANION}' if is_int8 else ''} "
            f"({type(error).__name__}: {error}). Copy or save the model again."
        ) from error


def _model_config(content: Any, companion: Companion | None) -> ModelConfig:
    try:
        return _parse_config(content, companion)
    except MALFORMED as error:
        raise ArtifactError(
            f"config.json is not that of a DistilBERT with labels ({type(error).__name__}: "
            f"{error}). Copy or save the model again."
        ) from error


def _parse_config(content: Any, companion: Companion | None) -> ModelConfig:
    kind, problem = content["model_type"], content.get("problem_type")
    if kind != "distilbert" or problem != "multi_label_classification":
        raise ArtifactError(
            "Expected a DistilBERT with problem_type multi_label_classification in config.json, "
            f"found {kind!a:.40} with {problem!a:.40}. Other models cannot be read."
        )
    labels = _labels(content)
    thresholds = dict.fromkeys(labels, UNFITTED_THRESHOLD)
    return ModelConfig.from_json(
        {
            "max_length": content["max_position_embeddings"],
            "thresholds": {"shared": UNFITTED_THRESHOLD, "per_label": thresholds},
            **_fitted(content, companion),
            "labels": labels,
            "n_heads": content["n_heads"],
            "activation": content["activation"],
            "provenance": companion.provenance if companion else {},
        }
    )


def _labels(content: Mapping[str, Any]) -> list[str]:
    names = {int(position): label for position, label in content["id2label"].items()}
    return [names[position] for position in range(len(names))]


def _fitted(content: Mapping[str, Any], companion: Companion | None) -> dict[str, Any]:
    """Return what the folder holds beside the sizes of the network, if it is for these labels."""
    mark = content.get(MARK, {})
    if set(mark.get("thresholds", {}).get("per_label", {})) != set(_labels(content)):
        return {}
    fitted = {name: mark[name] for name in _FITTED if name in mark}
    if fitted.get("heads") and not companion:
        # Without its file there is but the head of the domain in force.
        del fitted["heads"]
        fitted["domains"] = {fitted["domain"]: fitted["domains"][fitted["domain"]]}
    if not companion:
        fitted.pop("risks", None)
    return fitted


def _read_as(content: Any, companion: Companion | None) -> str:
    precision = "int8 as it was exported" if companion else "float32"
    thresholds = "" if _fitted(content, companion) else ", all thresholds 0.5"
    return (
        f"a Hugging Face folder, in {precision}{thresholds}; it has no manifest, so that its "
        "weights are checked by safetensors alone"
    )
