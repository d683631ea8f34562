"""Fixtures shared by all tests."""

import dataclasses
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

import emoticare
from emoticare.classifier import EmotionClassifier
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.model.config import ModelConfig
from emoticare.network.weights import Architecture, StateDict
from emoticare.stages.decision import Thresholds

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["random_models", "skips"]

# A shell lets what it starts in the background ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A loaded machine is no failure.
hypothesis.settings.register_profile("emoticare", deadline=None)
hypothesis.settings.load_profile("emoticare")


@pytest.fixture(scope="session")
def goemotions_folder() -> Path:
    """The official GoEmotions files, where there are any."""
    beside_the_repository = Path(__file__).parents[2] / "shared" / "data" / "goemotions"
    folder = Path(os.environ.get("EMOTICARE_DATA", beside_the_repository))
    if not (folder / "train.tsv").is_file():
        pytest.skip("set EMOTICARE_DATA to the folder with GoEmotions' train.tsv")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which(os.environ.get("EMOTICARE_CHROMIUM", "chromium"))
    if chromium is None:
        pytest.skip("set EMOTICARE_CHROMIUM to a Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


_WORDS = """
    i you he she it we they am is are was be have has do did not no yes so very really just
    happy sad angry proud sorry afraid glad thanks thank love hate like want need hope fear
    good bad great awful best worst funny strange new old big small day night week year time
    friend people family work home school food game movie music dog cat rain sun this that the
    a an of to in on at for with about from my your his her our all more what who why how when
    and but or if because
""".split()
_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TINY_DIM, _TINY_HIDDEN_DIM, _TINY_LAYERS, _TINY_POSITIONS = 32, 64, 2, 64


@pytest.fixture(scope="session")
def int8_graph() -> Callable[[StateDict, Architecture], bytes]:
    """Makes the graph of random weights, with ranges measured on random tokens."""

    def make(state_dict: StateDict, architecture: Architecture) -> bytes:
        # They need onnx, which tests of other things do not.
        from emoticare.network.equalization import smooth
        from emoticare.network.int8_graph import Int8Graph
        from emoticare.network.observers import measure_ranges

        ids = np.random.default_rng(0).integers(5, architecture.vocab_size, (16, 12))
        measured = measure_ranges(state_dict, architecture, [(ids, np.ones_like(ids))])
        ranges = smooth(state_dict, architecture, measured)
        graph = Int8Graph(state_dict, architecture, ranges).build()
        serialized: bytes = graph.SerializeToString()
        return serialized

    return make


@pytest.fixture(scope="session")
def tiny_artifact(int8_graph: Callable[[StateDict, Architecture], bytes]) -> ModelArtifact:
    """A real model of random weights: it knows a few words and reads 64 tokens."""
    tokenizer = _tiny_tokenizer()
    state_dict = _tiny_weights(tokenizer.get_vocab_size())
    architecture = Architecture.of(state_dict, n_heads=4)
    graph = int8_graph(state_dict, architecture)
    thresholds = Thresholds(0.5, {label: 0.4 + i / 100 for i, label in enumerate(LABELS)})
    config = ModelConfig(LABELS, _TINY_POSITIONS, 4, thresholds, {"preset": None})
    return ModelArtifact(graph, tokenizer.to_str(), config)


@pytest.fixture(scope="session")
def tiny_model_folder(
    tiny_artifact: ModelArtifact, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The tiny model, saved; not to be written to."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    tiny_artifact.save(folder)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_artifact: ModelArtifact) -> EmotionClassifier:
    return emoticare.load(tiny_artifact)


@pytest.fixture(scope="session")
def tiny_with_context(tiny_artifact: ModelArtifact) -> EmotionClassifier:
    """The tiny model, reading replies with what was said before them."""
    config = dataclasses.replace(tiny_artifact.config, reads_context=True)
    return emoticare.load(dataclasses.replace(tiny_artifact, config=config))


@pytest.fixture(scope="session")
def embedded() -> EmotionClassifier:
    """The model of the package."""
    return emoticare.load()


@pytest.fixture(scope="session")
def embedded_with_context(embedded: EmotionClassifier) -> EmotionClassifier:
    """The model of the package, reading replies with what was said before them."""
    config = dataclasses.replace(embedded.artifact.config, reads_context=True)
    return embedded.with_artifact(dataclasses.replace(embedded.artifact, config=config))


def _tiny_tokenizer() -> Tokenizer:
    pieces = [*_CHARACTERS, *(f"##{c}" for c in _CHARACTERS), *".,!?'-"]
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys([*pieces, *_WORDS])]
    vocabulary = {name: i for i, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(names[:5])
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


def _tiny_weights(vocab_size: int) -> dict[str, np.ndarray]:
    dim, hidden_dim = _TINY_DIM, _TINY_HIDDEN_DIM
    linear = {"pre_classifier": (dim, dim), "classifier": (len(LABELS), dim)}
    norms = ["distilbert.embeddings.LayerNorm"]
    for layer in range(_TINY_LAYERS):
        prefix = f"distilbert.transformer.layer.{layer}"
        linear |= {f"{prefix}.attention.{x}_lin": (dim, dim) for x in ("q", "k", "v", "out")}
        linear |= {f"{prefix}.ffn.lin1": (hidden_dim, dim), f"{prefix}.ffn.lin2": (dim, hidden_dim)}
        norms += [f"{prefix}.sa_layer_norm", f"{prefix}.output_layer_norm"]
    generator = np.random.default_rng(0)
    state_dict = {
        "distilbert.embeddings.word_embeddings.weight": generator.normal(0, 1, (vocab_size, dim)),
        "distilbert.embeddings.position_embeddings.weight": generator.normal(
            0, 0.3, (_TINY_POSITIONS, dim)
        ),
    }
    for name, shape in linear.items():
        state_dict[f"{name}.weight"] = generator.normal(0, 0.3, shape)
        state_dict[f"{name}.bias"] = generator.normal(0, 0.1, shape[:1])
    for name in norms:
        state_dict[f"{name}.weight"] = generator.normal(1, 0.1, dim)
        state_dict[f"{name}.bias"] = generator.normal(0, 0.1, dim)
    return {name: value.astype(np.float32) for name, value in state_dict.items()}
