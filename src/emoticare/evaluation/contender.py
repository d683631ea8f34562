"""Two models against each other: EmotiCare's own form, or float32 files in the hub's layout."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.errors import ArtifactError, UsageError
from emoticare.evaluation.compare import compare_probabilities
from emoticare.evaluation.gold import Gold, domain_of, in_domain
from emoticare.evaluation.scoring import Progress, check_labels, counted
from emoticare.model.artifact import EMBEDDED_MODEL, MANIFEST, ModelArtifact, load_artifact
from emoticare.model.config import ModelConfig
from emoticare.stages.decision import UNFITTED_THRESHOLD, resolve_threshold
from emoticare.stages.probabilities import FloatArray

EMBEDDED: Final = "embedded"
FLOAT_GRAPH: Final = "onnx/model.onnx"


@dataclass(frozen=True, eq=False)
class Contender:
    """A model that can be scored.

    Attributes:
        name: As the user wrote it.
        classifier: The model.
        thresholds: Its own, float32 of shape (n_labels,); None where its files hold none.
    """

    name: str
    classifier: EmotionClassifier
    thresholds: FloatArray | None


def load_contender(name: str) -> Contender:
    """Load a model.

    Args:
        name: "embedded", the folder of an EmotiCare model, or a folder in the layout of the
            Hugging Face hub: config.json with `id2label`, tokenizer.json and onnx/model.onnx.

    Raises:
        ArtifactError: If there is no such folder, or a file is missing, altered or foreign.
    """
    folder = EMBEDDED_MODEL if name == EMBEDDED else Path(name)
    if is_float_model(folder):
        return _load_float_model(name, folder)
    artifact = load_artifact(folder)
    return Contender(name, EmotionClassifier(artifact), _fitted_thresholds(artifact.config))


def is_float_model(folder: Path) -> bool:
    """Return whether a folder holds a float32 graph in the hub's layout."""
    return not (folder / MANIFEST).exists() and (folder / FLOAT_GRAPH).is_file()


def compare_contenders(
    a: Contender,
    b: Contender,
    gold: Gold,
    *,
    n_bootstrap: int = 1000,
    on_progress: Progress | None = None,
) -> dict[str, object]:
    """Score two models on the same texts and compare them.

    A model without thresholds of its own is decided at those of the other; where neither has any,
    both are decided at 0.5. A model that has a domain for these texts takes its part.

    Args:
        a: The first model.
        b: The second model; differences are b minus a.
        gold: The texts and their labels.
        n_bootstrap: Replicates of the paired bootstrap, at least 1.
        on_progress: Called with the number of texts read since the last call, for both models.

    Returns:
        A flat record fit for JSON: `a` and `b`, the names; `model_a` and `model_b`, the digests;
        `split`; and all that `compare_probabilities` gives.

    Raises:
        UsageError: If the labels of the two models and the data differ.
    """
    a, b = _in_domain_of(gold, a), _in_domain_of(gold, b)
    _check_same_labels(a, b)
    check_labels(gold.labels, a.classifier.labels)
    probabilities_a, probabilities_b = (
        contender.classifier.predict_proba(counted(gold.split.texts, on_progress))
        for contender in (a, b)
    )
    thresholds_a, thresholds_b = _thresholds(a, b)
    record = compare_probabilities(
        gold.split.multi_hot,
        probabilities_a,
        probabilities_b,
        thresholds_a,
        thresholds_b,
        labels=gold.labels,
        n_bootstrap=n_bootstrap,
    )
    return {
        "a": a.name,
        "b": b.name,
        "model_a": a.classifier.artifact.digest,
        "model_b": b.classifier.artifact.digest,
        "split": gold.split.name,
        **record,
    }


def _in_domain_of(gold: Gold, contender: Contender) -> Contender:
    """Give a model the thresholds and the calibration that it has for these texts."""
    own = contender.classifier
    fitting = in_domain(own, domain_of(gold, own.artifact))
    if fitting is own:
        return contender
    return replace(
        contender, classifier=fitting, thresholds=_fitted_thresholds(fitting.artifact.config)
    )


def _load_float_model(name: str, folder: Path) -> Contender:
    try:
        graph = (folder / FLOAT_GRAPH).read_bytes()
        tokenizer_json = (folder / "tokenizer.json").read_text(encoding="utf-8")
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = _model_config(content)
        has_thresholds = "emoticare" in content
    except OSError as error:
        raise ArtifactError(
            f"Expected config.json, tokenizer.json and {FLOAT_GRAPH} in {folder}, found one that "
            f"cannot be read: {error.strerror}. Export the model again."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"Expected a config.json of a sequence classifier with id2label and "
            f"max_position_embeddings in {folder}, found another. Export the model again."
        ) from error
    classifier = EmotionClassifier(ModelArtifact(graph, tokenizer_json, config))
    return Contender(name, classifier, _fitted_thresholds(config) if has_thresholds else None)


def _model_config(content: Any) -> ModelConfig:
    names = {int(position): label for position, label in content["id2label"].items()}
    labels = [names[position] for position in range(len(names))]
    unfitted = {
        "shared": UNFITTED_THRESHOLD,
        "per_label": dict.fromkeys(labels, UNFITTED_THRESHOLD),
    }
    # Our own export brings the thresholds along; others have none.
    thresholds = content["emoticare"]["thresholds"] if "emoticare" in content else unfitted
    return ModelConfig.from_json(
        {
            "labels": labels,
            "max_length": content["max_position_embeddings"],
            # The graph stands as it is: nobody reads the number of heads.
            "n_heads": 1,
            "thresholds": thresholds,
            "provenance": {},
        }
    )


def _fitted_thresholds(config: ModelConfig) -> FloatArray:
    return resolve_threshold(None, config.labels, config.thresholds)


def _check_same_labels(a: Contender, b: Contender) -> None:
    if a.classifier.labels != b.classifier.labels:
        raise UsageError(
            f"Expected two models with the same labels in the same order, found "
            f"{', '.join(a.classifier.labels)} in {a.name} and {', '.join(b.classifier.labels)} in "
            f"{b.name}. Compare models that were trained on the same labels."
        )


def _thresholds(a: Contender, b: Contender) -> tuple[FloatArray, FloatArray]:
    unfitted = np.full(len(a.classifier.labels), UNFITTED_THRESHOLD, np.float32)
    own = [contender.thresholds for contender in (a, b)]
    fitted = next((thresholds for thresholds in own if thresholds is not None), unfitted)
    return own[0] if own[0] is not None else fitted, own[1] if own[1] is not None else fitted
