"""Loads a pretrained encoder as a sequence classifier, and its tokenizer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.errors import TrainingError
from emoticare.evaluation.gold import REDDIT
from emoticare.labels import RISKS
from emoticare.model.artifact import EMBEDDED_MODEL, MANIFEST, load_artifact
from emoticare.network.float_model import FloatModel
from emoticare.network.weights import RISK_HEAD
from emoticare.training.bert_to_distilbert import convert_config, convert_state_dict

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from emoticare.training.pruning import LayerPruning

EMBEDDED: Final = "embedded"
"""The base that is the package's own model: its 8-bit weights, as floats again."""

# transformers' own for a classifier's weights, and the log odds of one text in a hundred.
_INITIAL_STD: Final = 0.02
_RARE: Final = -4.6

# Configuration, class of the classifier, weights of its encoder.
_Loaded = tuple[Any, Any, dict[str, Any]]


def load_base(
    base: str,
    labels: tuple[str, ...],
    dropout: float | None,
    activation: str | None = None,
    *,
    attention_dropout: float | None = None,
    fresh_head: bool = True,
) -> "PreTrainedModel":
    """Load an encoder with a classification head for the labels, in float32.

    A BERT becomes a DistilBERT; an MPNet, which can only be a teacher, stays one.

    Args:
        base: Hub id or folder of a DistilBERT, a BERT or an MPNet; the folder of a model of
            EmotiCare's own, or `EMBEDDED`.
        labels: Names of the outputs.
        dropout: On embeddings and sub-layer outputs; None keeps the base's.
        activation: Of the feed-forward blocks of a DistilBERT; None keeps the base's.
        attention_dropout: On attention weights of a DistilBERT; None keeps the base's.
        fresh_head: Whether the head starts anew. Otherwise the base is a DistilBERT that tells the
            same labels apart, and keeps its own.

    Raises:
        TrainingError: If the base cannot be loaded, is of another architecture, or has no such
            head.
    """
    if own := own_model(base):
        model = _load_own(own, labels, dropout, activation, fresh_head=fresh_head)
    else:
        model = _load_hugging_face(base, labels, dropout, activation, fresh_head=fresh_head)
    if attention_dropout is not None:
        model.config.attention_dropout = attention_dropout
        for layer in model.distilbert.transformer.layer:
            layer.attention.dropout.p = attention_dropout
    return model


def own_model(base: str) -> Path | None:
    """Return the folder of a base that is a model of EmotiCare's own; None for another base."""
    if base == EMBEDDED:
        return EMBEDDED_MODEL
    return Path(base) if (Path(base) / MANIFEST).is_file() else None


def _load_hugging_face(
    base: str,
    labels: tuple[str, ...],
    dropout: float | None,
    activation: str | None,
    *,
    fresh_head: bool,
) -> "PreTrainedModel":
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(base)
        loader = _LOADERS.get(config.model_type)
        if loader is None:
            raise TrainingError(
                f"Expected a base of type {', '.join(_LOADERS)}, found {config.model_type}: {base}."
            )
        known = tuple(config.id2label[i] for i in range(config.num_labels))
        config, model_class, weights = loader(base, config)
        if not fresh_head:
            if known != labels or config.model_type != "distilbert":
                raise TrainingError(
                    f"Expected a DistilBERT with a head for the same {len(labels)} labels, found "
                    f"a {config.model_type} for {len(known)}: {base}. Name the export of a model "
                    "that was trained on this data."
                )
            head = model_class.from_pretrained(base, dtype=torch.float32, use_safetensors=True)
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(
            f"The base {base} could not be loaded ({_first_line(error)}). Name a folder with "
            "config.json and model.safetensors, or a hub id that can be reached."
        ) from error
    _configure(config, labels, dropout, activation)
    model = model_class(config)
    if fresh_head:
        model.base_model.load_state_dict(weights)
    else:
        model.load_state_dict(head.state_dict())
    return model


def _configure(
    config: Any, labels: tuple[str, ...], dropout: float | None, activation: str | None
) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    config.problem_type = "multi_label_classification"
    if dropout is not None:
        setattr(
            config, "hidden_dropout_prob" if config.model_type == "mpnet" else "dropout", dropout
        )
    if activation is not None:
        config.activation = activation


def _load_own(
    folder: Path,
    labels: tuple[str, ...],
    dropout: float | None,
    activation: str | None,
    *,
    fresh_head: bool,
) -> "PreTrainedModel":
    """Load a model of EmotiCare's own, whose layers are as slim as they are in its graph."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from emoticare.training.pruning import prune

    artifact = load_artifact(folder)
    if not fresh_head and artifact.config.labels != labels:
        raise TrainingError(
            f"Expected data of the {len(artifact.config.labels)} labels of the base's model, "
            f"whose head this preset keeps, found {len(labels)} labels. Use --preset emoticare."
        )
    own = artifact.float_model()
    sizes = own.architecture
    config = DistilBertConfig(
        vocab_size=sizes.vocab_size,
        max_position_embeddings=sizes.max_positions,
        dim=sizes.dim,
        hidden_dim=sizes.hidden_dim,
        n_layers=sizes.n_layers,
        n_heads=sizes.n_heads,
        activation=sizes.activation,
    )
    _configure(config, labels, dropout, activation)
    model = DistilBertForSequenceClassification(config)
    prune(model, _kept(own))
    weights = {
        name: torch.from_numpy(weight.copy())
        for name, weight in own.state_dict.items()
        if not fresh_head or name.startswith("distilbert.")
    }
    model.load_state_dict(weights, strict=not fresh_head)
    return model


def _kept(model: FloatModel) -> "list[LayerPruning]":
    """Return how many heads and units each layer has, as what to keep of a whole one."""
    from emoticare.training.pruning import LayerPruning

    sizes = model.architecture
    layers = [f"distilbert.transformer.layer.{i}" for i in range(sizes.n_layers)]
    rows = [
        [
            len(model.state_dict[f"{layer}.{part}.weight"])
            for part in ("attention.q_lin", "ffn.lin1")
        ]
        for layer in layers
    ]
    return [
        LayerPruning(list(range(heads // sizes.head_dim)), list(range(units)))
        for heads, units in rows
    ]


def add_domain_head(model: "PreTrainedModel", base: str | None) -> None:
    """Double the head's outputs, in place.

    The first half is the head for texts like the labelled data, the second that for further
    sources. Both start as the head that is there; but from a model of EmotiCare's own that has a
    head for each domain, each starts as its own.

    Args:
        model: A DistilBERT sequence classifier.
        base: As for `load_base`; None where the head is fresh.
    """
    import torch

    everyday = model.classifier
    reddit = _reddit_head(base) or everyday.state_dict()
    _replace_head(
        model,
        torch.cat([reddit["weight"], everyday.weight]),
        torch.cat([reddit["bias"], everyday.bias]),
    )


def add_risk_head(model: "PreTrainedModel", base: str | None) -> None:
    """Add an output for each of `RISKS` behind the head's, in place.

    They start as those of a base of EmotiCare's own that has them, and at rare otherwise.

    Args:
        model: A DistilBERT sequence classifier.
        base: As for `load_base`; None where the head is fresh.
    """
    import torch

    head = model.classifier
    risks = _own_risk_head(base) or {
        "weight": torch.nn.init.normal_(
            torch.empty(len(RISKS), head.in_features), std=_INITIAL_STD
        ),
        "bias": torch.full((len(RISKS),), _RARE),
    }
    _replace_head(
        model,
        torch.cat([head.weight, risks["weight"]]),
        torch.cat([head.bias, risks["bias"]]),
    )


def _replace_head(model: "PreTrainedModel", weight: "torch.Tensor", bias: "torch.Tensor") -> None:
    import torch

    n_outputs, dim = weight.shape
    model.classifier = torch.nn.Linear(dim, n_outputs)
    model.classifier.load_state_dict({"weight": weight.detach(), "bias": bias.detach()})
    model.num_labels = model.config.num_labels = n_outputs


def _reddit_head(base: str | None) -> "dict[str, torch.Tensor] | None":
    own = own_model(base) if base else None
    if not own or REDDIT not in load_artifact(own).config.domains:
        return None
    return _head_of(load_artifact(own, domain=REDDIT).float_model(), "classifier")


def _own_risk_head(base: str | None) -> "dict[str, torch.Tensor] | None":
    own = own_model(base) if base else None
    if not own or load_artifact(own).config.risks != RISKS:
        return None
    return _head_of(load_artifact(own).float_model(every_head=True), RISK_HEAD)


def _head_of(model: "FloatModel", head: str) -> "dict[str, torch.Tensor]":
    import torch

    weights = model.state_dict
    return {name: torch.from_numpy(weights[f"{head}.{name}"].copy()) for name in ("weight", "bias")}


def _load_bert(base: str, config: Any) -> _Loaded:
    import torch
    from transformers import BertModel, DistilBertForSequenceClassification

    bert = BertModel.from_pretrained(base, dtype=torch.float32, use_safetensors=True)
    converted = convert_config(config)
    weights = convert_state_dict(bert.state_dict(), converted.n_layers)
    return converted, DistilBertForSequenceClassification, weights


def _load_distilbert(base: str, config: Any) -> _Loaded:
    import torch
    from transformers import DistilBertForSequenceClassification, DistilBertModel

    encoder = DistilBertModel.from_pretrained(base, dtype=torch.float32, use_safetensors=True)
    return config, DistilBertForSequenceClassification, encoder.state_dict()


def _load_mpnet(base: str, config: Any) -> _Loaded:
    import torch
    from transformers import MPNetForSequenceClassification, MPNetModel

    # The pooler is no part of a classifier.
    encoder = MPNetModel.from_pretrained(
        base, dtype=torch.float32, use_safetensors=True, add_pooling_layer=False
    )
    return config, MPNetForSequenceClassification, encoder.state_dict()


_LOADERS: dict[str, Callable[[str, Any], _Loaded]] = {
    "distilbert": _load_distilbert,
    "bert": _load_bert,
    "mpnet": _load_mpnet,
}


def load_tokenizer_json(base: str) -> str:
    """Return the base's tokenizer as the content of a tokenizer.json, without its own cutting.

    Raises:
        TrainingError: If it cannot be loaded.
    """
    if own := own_model(base):
        return load_artifact(own).tokenizer_json
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"The tokenizer of {base} could not be loaded ({_first_line(error)})."
        ) from error
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    # How long a text may be is the model's business, and padding is the engine's.
    content["truncation"] = content["padding"] = None
    return json.dumps(content, ensure_ascii=False)


def set_prior_bias(model: "PreTrainedModel", multi_hot: npt.NDArray[np.bool_]) -> None:
    """Start the classifier's bias at the log odds of each label among the training texts.

    Args:
        model: Changed in place.
        multi_hot: Shape (n_texts, n_labels).
    """
    import torch

    prior = np.clip(multi_hot.mean(axis=0), 1e-5, 1 - 1e-5)
    bias = torch.tensor(np.log(prior / (1 - prior)), dtype=torch.float32)
    output = getattr(model.classifier, "out_proj", model.classifier)
    output.bias.data.copy_(bias)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
