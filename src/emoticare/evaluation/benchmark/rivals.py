"""What a user has without EmotiCare, as files: a pipeline's model and a plain quantized graph."""

import importlib.util
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emoticare.errors import MissingExtraError
from emoticare.export.hf_tokenizer import tokenizer_files
from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import FloatGraph
from emoticare.network.weights import unprune

DISTILBERT_BASE: Final = {"dim": 768, "hidden_dim": 3072, "n_layers": 6, "n_heads": 12}

_PIPELINE_NEEDS: Final = ("torch", "transformers")
_PLAIN_NEEDS: Final = ("onnx",)


@dataclass(frozen=True)
class Rivals:
    """Where the rivals' files lie.

    Attributes:
        pipeline: Folder of a DistilBERT for transformers; None where it is left out.
        plain_onnx: Folder of the plain graph; None where it is left out.
        left_out: Why each of those that are missing is left out, a sentence each.
    """

    pipeline: Path | None
    plain_onnx: Path | None
    left_out: tuple[str, ...]


@contextmanager
def prepared_rivals(artifact: ModelArtifact) -> Iterator[Rivals]:
    """Write the files of the rivals that can be measured here, and remove them in the end.

    Raises:
        ArtifactError: If the model's weights or its tokenizer have no equal there.
    """
    left_out = []
    with tempfile.TemporaryDirectory(prefix="emoticare-bench-") as name:
        pipeline, plain = Path(name) / "pipeline", Path(name) / "plain"
        if missing := _missing(_PIPELINE_NEEDS):
            left_out.append(f"the Hugging Face pipeline, for want of {' and '.join(missing)}")
        else:
            write_pipeline(artifact, pipeline)
        if missing := _missing(_PLAIN_NEEDS):
            left_out.append(
                f"the plain ONNX Runtime loop and the rate of 8-bit products, for want of "
                f"{missing[0]} (pip install 'emoticare[export]')"
            )
        else:
            write_plain_onnx(artifact, plain)
        yield Rivals(
            pipeline if pipeline.exists() else None,
            plain if plain.exists() else None,
            tuple(left_out),
        )


def write_pipeline(artifact: ModelArtifact, folder: Path) -> None:
    """Write a DistilBERT of the original's size, for `transformers.pipeline`.

    Its weights are random: that changes its answers and not its speed.

    Args:
        artifact: Gives labels and tokenizer.
        folder: Made where it is missing.

    Raises:
        ArtifactError: If the tokenizer is no DistilBERT's.
        MissingExtraError: If transformers or torch is not installed.
    """
    try:
        from transformers import DistilBertConfig, DistilBertForSequenceClassification
    except ImportError as error:
        raise MissingExtraError("The Hugging Face pipeline", "train") from error
    labels = artifact.config.labels
    files = tokenizer_files(artifact.tokenizer_json, artifact.config.max_length)
    config = DistilBertConfig(
        **DISTILBERT_BASE,
        vocab_size=files["vocab.txt"].count(b"\n"),
        max_position_embeddings=artifact.config.max_length,
        problem_type="multi_label_classification",
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    folder.mkdir(parents=True, exist_ok=True)
    with _without_bar():
        DistilBertForSequenceClassification(config).save_pretrained(folder)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def write_plain_onnx(artifact: ModelArtifact, folder: Path) -> None:
    """Write the same model as `quantize_dynamic` of ONNX Runtime makes it, with its defaults.

    It is the model of the Hugging Face folder, with layers of one size: transformers' DistilBERT,
    and so whatever is exported from it, has no way to leave out what a slimmed model is without.

    Args:
        artifact: The model, whose weights are read back to float32 first.
        folder: Made where it is missing; gets model.onnx and tokenizer.json.

    Raises:
        ArtifactError: If the weights cannot be read.
        MissingExtraError: If `onnx` is not installed.
    """
    model = artifact.float_model()
    weights = unprune(model.state_dict, model.architecture)
    graph = _WholeGraph(weights, model.architecture).build()
    from onnxruntime.quantization import quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    with _without_advice():
        quantize_dynamic(graph, folder / "model.onnx")
    (folder / "tokenizer.json").write_text(artifact.tokenizer_json, encoding="utf-8")


class _WholeGraph(FloatGraph):
    """Every token through every layer, as any exporter writes a model down."""

    leaves_out_unread = False

    def pooled(self, hidden: str) -> str:
        return super().pooled(self.first_tokens(hidden))


@contextmanager
def _without_bar() -> Iterator[None]:
    from transformers.utils import logging as transformers_logging

    had_bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if had_bar:
            transformers_logging.enable_progress_bar()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep the quantizer's advice to prepare the graph, which is for other graphs, to itself."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _missing(packages: tuple[str, ...]) -> list[str]:
    return [name for name in packages if importlib.util.find_spec(name) is None]
