"""Loads a pretrained encoder as a DistilBERT sequence classifier, and its tokenizer."""

import json
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emoticare.errors import TrainingError
from emoticare.training.bert_to_distilbert import convert_config, convert_state_dict

if TYPE_CHECKING:
    from transformers import DistilBertForSequenceClassification


def load_base(
    base: str, labels: tuple[str, ...], dropout: float | None
) -> "DistilBertForSequenceClassification":
    """Loads a DistilBERT or a BERT with a fresh head for the labels, in float32.

    Args:
        base: Hub id or folder.
        labels: Names of the outputs.
        dropout: On embeddings and sub-layer outputs; None keeps the base's.

    Raises:
        TrainingError: If the base cannot be loaded or is of another architecture.
    """
    import torch
    from transformers import (
        AutoConfig,
        BertModel,
        DistilBertForSequenceClassification,
        DistilBertModel,
    )

    try:
        config = AutoConfig.from_pretrained(base)
        if config.model_type == "bert":
            bert = BertModel.from_pretrained(base, dtype=torch.float32, use_safetensors=True)
            config = convert_config(config)
            weights = convert_state_dict(bert.state_dict(), config.n_layers)
        elif config.model_type == "distilbert":
            encoder = DistilBertModel.from_pretrained(
                base, dtype=torch.float32, use_safetensors=True
            )
            weights = encoder.state_dict()
        else:
            raise TrainingError(
                f"Expected a base of type distilbert or bert, found {config.model_type}: {base}."
            )
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"The base {base} could not be loaded ({_first_line(error)}). Name a folder with "
            "config.json and model.safetensors, or a hub id that can be reached."
        ) from error
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    config.problem_type = "multi_label_classification"
    if dropout is not None:
        config.dropout = dropout
    model = DistilBertForSequenceClassification(config)
    model.distilbert.load_state_dict(weights)
    return model


def load_tokenizer_json(base: str) -> str:
    """Returns the base's tokenizer as the content of a tokenizer.json, without its own cutting.

    Raises:
        TrainingError: If it cannot be loaded.
    """
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


def set_prior_bias(
    model: "DistilBertForSequenceClassification", multi_hot: npt.NDArray[np.bool_]
) -> None:
    """Starts the classifier's bias at the log odds of each label among the training texts.

    Args:
        model: Changed in place.
        multi_hot: Shape (n_texts, n_labels).
    """
    import torch

    prior = np.clip(multi_hot.mean(axis=0), 1e-5, 1 - 1e-5)
    bias = torch.tensor(np.log(prior / (1 - prior)), dtype=torch.float32)
    model.classifier.bias.data.copy_(bias)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
