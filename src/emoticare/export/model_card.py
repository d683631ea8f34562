"""The model card: what a model is, how to use it, how good it is, what it is not for."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from emoticare._version import __version__
from emoticare.data.goemotions import OFFICIAL_COUNTS
from emoticare.data.hub import GOEMOTIONS_CONFIG, GOEMOTIONS_REPO
from emoticare.errors import MissingExtraError
from emoticare.export.evaluation_file import LABEL_FIGURES, Evaluation
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.network.weights import Architecture
from emoticare.stages.tokens import CONTEXT_TOKENS

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

# A base that was read from a folder is known by the sum of its weights.
KNOWN_BASES: Final = {
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": (
        "sentence-transformers/all-MiniLM-L6-v2"
    ),
}

_TAGS: Final = ("emoticare", "emotion", "multi-label", "onnx", "transformers.js")
_FIGURE_NAMES: Final = {
    "macro_f1": ("f1", "macro-F1, a threshold for each label"),
    "micro_f1": ("f1", "micro-F1, a threshold for each label"),
    "macro_f1_global": ("f1", "macro-F1, one threshold for all labels"),
    "micro_f1_global": ("f1", "micro-F1, one threshold for all labels"),
    "macro_f1_at_0.3": ("f1", "macro-F1 at 0.3"),
    "micro_f1_at_0.3": ("f1", "micro-F1 at 0.3"),
    "macro_f1_at_0.5": ("f1", "macro-F1 at 0.5"),
    "micro_f1_at_0.5": ("f1", "micro-F1 at 0.5"),
    "mean_average_precision": ("average_precision", "mean average precision"),
    "bce_loss": ("log_loss", "binary cross-entropy"),
    "expected_calibration_error": ("expected_calibration_error", "expected calibration error"),
}
_PAPER: Final = """\
@inproceedings{demszky2020goemotions,
  title = {{GoEmotions}: A Dataset of Fine-Grained Emotions},
  author = {Demszky, Dorottya and Movshovitz-Attias, Dana and Ko, Jeongwoo and Cowen, Alan and
            Nemade, Gaurav and Ravi, Sujith},
  booktitle = {Proceedings of the 58th Annual Meeting of the Association for Computational
               Linguistics},
  year = {2020},
  pages = {4040--4054},
  doi = {10.18653/v1/2020.acl-main.372}
}"""
_DATA_LICENSE: Final = (
    " The texts and labels of GoEmotions, on which the model was trained, are licensed under CC BY "
    "4.0."
)
_NO_EVALUATION: Final = (
    "No figures came with this export. `emoticare evaluate --json FILE` measures a model, and "
    "`emoticare export hf --evaluation FILE` writes them here."
)


def render_card(
    artifact: ModelArtifact,
    architecture: Architecture,
    evaluation: Evaluation | None,
    *,
    model_id: str,
    n_parameters: int,
) -> str:
    """Return the card, as Markdown under a head of metadata.

    Args:
        artifact: The model.
        architecture: Its sizes.
        evaluation: What was measured of it; None leaves the figures out and says so.
        model_id: What a user names to load it: a hub id or a folder.
        n_parameters: Numbers in its weights.

    Raises:
        MissingExtraError: If the packages for exporting are not installed.
    """
    config = artifact.config
    return _template("card.md").substitute(
        metadata=_metadata(artifact, evaluation),
        model_id=model_id,
        n_labels=len(config.labels),
        n_parameters=f"{n_parameters / 1e6:.1f}",
        n_layers=architecture.n_layers,
        dim=architecture.dim,
        max_length=config.max_length,
        origin=_origin(artifact),
        digest=artifact.digest,
        version=__version__,
        replies=_replies(artifact, model_id) if config.reads_context else "",
        evaluation=_evaluation(evaluation) if evaluation else _NO_EVALUATION,
        shared_threshold=f"{config.thresholds.shared:.3f}",
        labels=_labels(artifact, evaluation),
        data_license=_DATA_LICENSE if _is_goemotions(artifact) else "",
        citation=_citation(artifact),
    )


def _template(name: str) -> Template:
    return Template((Path(__file__).parent / name).read_text(encoding="utf-8"))


def _replies(artifact: ModelArtifact, model_id: str) -> str:
    section = _template("card_replies.md").substitute(
        model_id=model_id,
        context_tokens=CONTEXT_TOKENS,
        max_length=artifact.config.max_length,
    )
    return f"\n\n{section.strip()}"


def _metadata(artifact: ModelArtifact, evaluation: Evaluation | None) -> str:
    try:
        from huggingface_hub import ModelCardData
    except ImportError as error:
        raise MissingExtraError("Writing a model card", "export") from error
    is_goemotions = _is_goemotions(artifact)
    is_official = evaluation is not None and _is_official(artifact, evaluation)
    data = ModelCardData(
        language="en",
        license="apache-2.0",
        library_name="transformers",
        pipeline_tag="text-classification",
        tags=[*_TAGS, "goemotions"] if is_goemotions else list(_TAGS),
        datasets=[GOEMOTIONS_REPO] if is_goemotions else None,
        base_model=_base_model(artifact),
        model_name="EmotiCare",
        eval_results=_eval_results(evaluation) if evaluation and is_official else None,
    )
    metadata: str = data.to_yaml()
    return metadata.strip()


def _is_official(artifact: ModelArtifact, evaluation: Evaluation) -> bool:
    """Return whether the figures can be those of a whole official split."""
    is_whole = OFFICIAL_COUNTS.get(evaluation.split) == evaluation.n_texts
    return _is_goemotions(artifact) and is_whole


def _eval_results(evaluation: Evaluation) -> "list[EvalResult]":
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type="text-classification",
            task_name="Multi-label emotion classification",
            dataset_type=GOEMOTIONS_REPO,
            dataset_name="GoEmotions",
            dataset_config=GOEMOTIONS_CONFIG,
            dataset_split=evaluation.split,
            metric_type=metric,
            metric_name=name,
            metric_value=round(value, 4),
        )
        for figure, (metric, name) in _FIGURE_NAMES.items()
        if (value := evaluation.figures[figure]) is not None
    ]


def _is_goemotions(artifact: ModelArtifact) -> bool:
    return artifact.config.labels == LABELS


def _base_model(artifact: ModelArtifact) -> str | None:
    if sha256 := artifact.config.provenance.get("base_sha256"):
        return KNOWN_BASES.get(str(sha256))
    base = artifact.config.provenance_part("preset").get("base")
    return None if base is None else str(base)


def _origin(artifact: ModelArtifact) -> str:
    parts = []
    if base := _base_model(artifact):
        parts.append(f"fine-tuned from {base}")
    data = artifact.config.provenance_part("data")
    if data.keys() >= {"source", "checksum"}:
        parts.append(f"trained on {data['source']} (checksum {str(data['checksum'])[:16]})")
    text = ", ".join(parts)
    return f" {text[0].upper()}{text[1:]}." if text else ""


def _evaluation(evaluation: Evaluation) -> str:
    figures = evaluation.figures
    rows = [(name, _number(figures[figure], 4)) for figure, (_, name) in _FIGURE_NAMES.items()]
    intro = (
        f"Measured on the {evaluation.n_texts:,} texts of the {evaluation.split} split with the "
        "8-bit graph (`onnx/model_quantized.onnx`):"
    )
    return f"{intro}\n\n{_table(('figure', 'value'), rows)}"


def _labels(artifact: ModelArtifact, evaluation: Evaluation | None) -> str:
    thresholds = artifact.config.thresholds.per_label
    names = [name.replace("_", " ") for name in LABEL_FIGURES] if evaluation else []
    rows = []
    for label in artifact.config.labels:
        cells = [label, _number(thresholds[label], 3)]
        if evaluation:
            figures = evaluation.per_label[label]
            cells += [
                _number(figures[name], 0 if name == "support" else 3) for name in LABEL_FIGURES
            ]
        rows.append(cells)
    return _table(("label", "threshold", *names), rows)


def _citation(artifact: ModelArtifact) -> str:
    software = (
        "@software{emoticare,\n"
        "  title = {EmotiCare},\n"
        "  author = {{The EmotiCare authors}},\n"
        f"  version = {{{__version__}}}\n"
        "}"
    )
    entries = [software, _PAPER] if _is_goemotions(artifact) else [software]
    return "```bibtex\n" + "\n\n".join(entries) + "\n```"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
