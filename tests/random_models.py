"""Small models of random weights, the embedded one, and texts for them."""

import dataclasses
import json
from collections.abc import Callable

import numpy as np
import pytest

from emoticare.labels import LABELS
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact, load_artifact
from emoticare.model.config import ModelConfig
from emoticare.model.overlay import Adjustment
from emoticare.network.weights import Architecture, StateDict
from emoticare.stages.decision import Thresholds
from emoticare.stages.probabilities import FloatArray

# Makes the 8-bit graph of weights; the fixture `int8_graph`.
GraphMaker = Callable[[StateDict, Architecture], bytes]

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LABELS, "i", "am", "so", "##ly", "!"]
# Widths that fill no block of 128 columns, and more than one.
SIZES = Architecture(
    vocab_size=len(VOCABULARY),
    max_positions=24,
    dim=40,
    hidden_dim=144,
    n_layers=2,
    n_heads=4,
    n_labels=len(LABELS),
)


@pytest.fixture(scope="session")
def random_weights() -> dict[str, FloatArray]:
    dim, hidden_dim = SIZES.dim, SIZES.hidden_dim
    shapes: dict[str, tuple[int, ...]] = {
        "distilbert.embeddings.word_embeddings.weight": (SIZES.vocab_size, dim),
        "distilbert.embeddings.position_embeddings.weight": (SIZES.max_positions, dim),
        "distilbert.embeddings.LayerNorm.weight": (dim,),
        "distilbert.embeddings.LayerNorm.bias": (dim,),
        "pre_classifier.weight": (dim, dim),
        "pre_classifier.bias": (dim,),
        "classifier.weight": (SIZES.n_labels, dim),
        "classifier.bias": (SIZES.n_labels,),
    }
    for layer in range(SIZES.n_layers):
        prefix = f"distilbert.transformer.layer.{layer}"
        matrices = {f"attention.{part}_lin": (dim, dim) for part in ("q", "k", "v", "out")}
        matrices |= {"ffn.lin1": (hidden_dim, dim), "ffn.lin2": (dim, hidden_dim)}
        for name, shape in matrices.items():
            shapes[f"{prefix}.{name}.weight"] = shape
            shapes[f"{prefix}.{name}.bias"] = shape[:1]
        for norm in ("sa_layer_norm", "output_layer_norm"):
            shapes[f"{prefix}.{norm}.weight"] = shapes[f"{prefix}.{norm}.bias"] = (dim,)
    random = np.random.default_rng(0)
    return {
        name: random.normal(0.0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()
    }


@pytest.fixture(scope="session")
def tokenizer_json() -> str:
    special = [
        {
            "id": i,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, token in enumerate(VOCABULARY[:5])
    ]
    template = [
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
    ]
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template,
            "pair": template,
            "special_tokens": {
                token: {"id": token, "ids": [VOCABULARY.index(token)], "tokens": [token]}
                for token in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {token: i for i, token in enumerate(VOCABULARY)},
        },
    }
    return json.dumps(content)


@pytest.fixture(scope="session")
def random_artifact(
    random_weights: dict[str, FloatArray], tokenizer_json: str, int8_graph: GraphMaker
) -> ModelArtifact:
    thresholds = Thresholds(0.3, {label: 0.2 + i / 100 for i, label in enumerate(LABELS)})
    config = ModelConfig(LABELS, SIZES.max_positions, SIZES.n_heads, thresholds, {})
    return ModelArtifact(int8_graph(random_weights, SIZES), tokenizer_json, config)


@pytest.fixture(scope="session")
def rectified_artifact(
    random_artifact: ModelArtifact, random_weights: dict[str, FloatArray], int8_graph: GraphMaker
) -> ModelArtifact:
    """The same weights with rectified linear units."""
    sizes = dataclasses.replace(SIZES, activation="relu")
    config = dataclasses.replace(random_artifact.config, activation="relu")
    graph = int8_graph(random_weights, sizes)
    return dataclasses.replace(random_artifact, graph=graph, config=config)


@pytest.fixture(scope="session")
def slim_weights(random_weights: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The random weights with three heads and 100 units left in the second layer."""
    slim = dict(random_weights)
    prefix = f"distilbert.transformer.layer.{SIZES.n_layers - 1}"
    n_rows = (SIZES.n_heads - 1) * SIZES.head_dim
    for name in ("attention.q_lin", "attention.k_lin", "attention.v_lin", "ffn.lin1"):
        n_kept = 100 if name == "ffn.lin1" else n_rows
        for part in ("weight", "bias"):
            slim[f"{prefix}.{name}.{part}"] = slim[f"{prefix}.{name}.{part}"][:n_kept]
    for name, n_kept in (("attention.out_lin.weight", n_rows), ("ffn.lin2.weight", 100)):
        slim[f"{prefix}.{name}"] = slim[f"{prefix}.{name}"][:, :n_kept]
    return slim


@pytest.fixture(scope="session")
def slim_artifact(
    random_artifact: ModelArtifact, slim_weights: dict[str, FloatArray], int8_graph: GraphMaker
) -> ModelArtifact:
    return dataclasses.replace(random_artifact, graph=int8_graph(slim_weights, SIZES))


@pytest.fixture(scope="session")
def embedded_artifact() -> ModelArtifact:
    return load_artifact(EMBEDDED_MODEL)


@pytest.fixture(scope="session")
def embedded_artifact_with_context(embedded_artifact: ModelArtifact) -> ModelArtifact:
    """The embedded model, reading replies with what was said before them."""
    config = dataclasses.replace(embedded_artifact.config, reads_context=True)
    return dataclasses.replace(embedded_artifact, config=config)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return [
        "I'm so proud of everything we've built together!",
        "I'm terrified of what might happen next.",
        "The meeting is at three.",
        "",
        "Ünïcode façade 😂 naïve 漢字 unbelievably-long-compound words... [that] #tag @you",
        "why would anyone do this, it makes me so angry and sad " * 8,
    ]


@pytest.fixture(scope="session")
def pairs() -> list[tuple[str, str]]:
    """What was said before, and a reply to it."""
    return [
        ("They moved the deadline up again, to tomorrow.", "Oh, just what I needed."),
        ("He left me 😭", "Ünbelievable, façade 😂 and all"),
        ("ann: you did WHAT?\nbob: I said no.\nann: finally!", "so proud of you :)"),
    ]


@pytest.fixture(scope="session")
def two_domains(tiny_artifact: ModelArtifact) -> ModelArtifact:
    """The tiny model with two domains, the first of which is in force."""
    high = Thresholds(0.9, dict.fromkeys(LABELS, 0.9))
    domains = {
        "everyday": Adjustment.without_map(tiny_artifact.config.thresholds),
        "reddit": Adjustment(high, dict.fromkeys(LABELS, 0.5), dict.fromkeys(LABELS, 1.0)),
    }
    config = dataclasses.replace(tiny_artifact.config, domains=domains, domain="everyday")
    return dataclasses.replace(tiny_artifact, config=config)
