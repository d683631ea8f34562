"""A model as a folder that transformers and transformers.js load."""

import json
from pathlib import Path

from emoticare._version import __version__
from emoticare.export.evaluation_file import Evaluation
from emoticare.export.hf_tokenizer import pad_token_id, tokenizer_files
from emoticare.export.model_card import render_card
from emoticare.model.artifact import ModelArtifact
from emoticare.model.companion import COMPANION, WEIGHTS, Companion, write_tensors
from emoticare.model.files import json_bytes
from emoticare.model.folders import holds_only, save_folder
from emoticare.model.hugging_face import MARK
from emoticare.network.float_model import FloatModel
from emoticare.network.outputs import only_output
from emoticare.network.weights import unprune

_CONFIG = "config.json"
_QUANTIZED = "onnx/model_quantized.onnx"
# What config.json says of a model's own accord, or what is of no use to a reader of labels.
_NOT_MARKED = ("labels", "n_heads", "activation", "provenance")
_THIS_FOLDER = "/path/to/this/folder"


def export_hf(
    artifact: ModelArtifact, folder: Path | str, evaluation: Evaluation | None = None
) -> None:
    """Write a Hugging Face folder, whole or not at all.

    Args:
        artifact: The model.
        folder: Must not exist yet, be empty, or hold an earlier export, which is replaced.
        evaluation: What was measured of the model, for the card.

    Raises:
        ArtifactError: If the model has no equal there, or the folder holds something else.
        MissingExtraError: If the packages for exporting are not installed.
    """
    contents = hf_files(artifact, evaluation)
    save_folder(
        folder,
        contents,
        kind="an export of EmotiCare to Hugging Face",
        may_replace=lambda existing: (
            holds_only(existing, {*contents, COMPANION, _QUANTIZED}) and _is_marked(existing)
        ),
    )


def hf_files(
    artifact: ModelArtifact, evaluation: Evaluation | None = None, model_id: str = _THIS_FOLDER
) -> dict[str, bytes]:
    """Return the files of a Hugging Face folder, by name.

    Args:
        artifact: The model.
        evaluation: What was measured of the model, for the card.
        model_id: What the card's examples load.

    Raises:
        ArtifactError: If the model has no equal there.
        MissingExtraError: If the packages for exporting are not installed.
    """
    every_head = artifact.float_model(every_head=True)
    model = every_head.of_head(artifact.head)
    tokenizer = tokenizer_files(
        artifact.tokenizer_json,
        artifact.config.max_length,
        reads_context=artifact.config.reads_context,
    )
    card = render_card(
        artifact,
        model.architecture,
        evaluation,
        model_id=model_id,
        n_parameters=sum(weight.size for weight in model.state_dict.values()),
    )
    config = _config(artifact, model, pad_token_id(tokenizer["vocab.txt"]))
    weights = write_tensors(unprune(model.state_dict, model.architecture), {"format": "pt"})
    contents = {
        "README.md": card.encode(),
        _CONFIG: json_bytes(config),
        WEIGHTS: weights,
        **tokenizer,
        "onnx/model.onnx": model.graph(),
    }
    if model.ranges:
        companion = Companion.of(every_head, artifact.config.provenance)
        contents[COMPANION] = companion.to_bytes(weights)
        contents[_QUANTIZED] = only_output(artifact.graph, artifact.config.output)
    return contents


def _config(artifact: ModelArtifact, model: FloatModel, pad_token_id: int) -> dict[str, object]:
    sizes, labels = model.architecture, artifact.config.labels
    fitted = artifact.config.to_json()
    return {
        "architectures": ["DistilBertForSequenceClassification"],
        "model_type": "distilbert",
        "problem_type": "multi_label_classification",
        "activation": sizes.activation,
        "vocab_size": sizes.vocab_size,
        "max_position_embeddings": sizes.max_positions,
        "sinusoidal_pos_embds": False,
        "n_layers": sizes.n_layers,
        "n_heads": sizes.n_heads,
        "dim": sizes.dim,
        "hidden_dim": sizes.hidden_dim,
        "pad_token_id": pad_token_id,
        "id2label": {str(i): label for i, label in enumerate(labels)},
        "label2id": {label: i for i, label in enumerate(labels)},
        # The first is the key that transformers 5 reads, the second that of earlier ones.
        "dtype": "float32",
        "torch_dtype": "float32",
        MARK: {
            "version": __version__,
            "model": artifact.digest,
            **{name: value for name, value in fitted.items() if name not in _NOT_MARKED},
        },
    }


def _is_marked(folder: Path) -> bool:
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and MARK in config
