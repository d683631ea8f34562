"""Makes an artifact of trained weights: int8 graph, calibration, thresholds, provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.everyday import EverydayTexts
from emoticare.evaluation.gold import EVERYDAY, REDDIT
from emoticare.evaluation.metrics import (
    bce_loss,
    expected_calibration_error,
    macro_f1,
    mean_average_precision,
    micro_f1,
)
from emoticare.evaluation.replies import evaluate_replies
from emoticare.labels import RISKS
from emoticare.meaning.moderation import Policy, PolicyEvaluator
from emoticare.model.artifact import ModelArtifact
from emoticare.model.config import ModelConfig
from emoticare.model.fitted import FittedConstants
from emoticare.model.overlay import Adjustment
from emoticare.network.equalization import equalize, smooth
from emoticare.network.int8_graph import Int8Graph
from emoticare.network.observers import ActivationRange, measure_ranges
from emoticare.network.weights import (
    RISK_HEAD,
    Architecture,
    StateDict,
    further_heads,
    has_risks,
)
from emoticare.stages.batches import IntArray, cut_batches, pad
from emoticare.stages.decision import Thresholds, decide, resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, clean_texts
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.fitting.calibration import fit_calibration
from emoticare.training.fitting.documents import Comments, fit_document_shifts
from emoticare.training.fitting.domains import fit_adjustment
from emoticare.training.fitting.groups import carries_group, fit_exclusivity
from emoticare.training.fitting.policy import fit_emotions, fit_risk
from emoticare.training.fitting.thresholds import fit_thresholds

# Half a minute of work.
_MEASURED_TEXTS = 2000
_MEASURED_REPLIES = 500


def package_model(
    state_dict: StateDict,
    *,
    n_heads: int,
    activation: str,
    tokenizer_json: str,
    labels: tuple[str, ...],
    validation: Split,
    provenance: Mapping[str, Any],
    everyday: EverydayTexts | None = None,
    replies: Sequence[Readable] = (),
    dev_replies: EverydayTexts | None = None,
) -> ModelArtifact:
    """Quantize the weights, then fit calibration and thresholds with the int8 graph, all on dev.

    Args:
        state_dict: Weights of a DistilBERT sequence classifier, uncalibrated. Of several heads, as
            training keeps them in one matrix, that of the labelled data comes first, then that of
            everyday texts, then that for risks.
        n_heads: Attention heads.
        activation: Of the feed-forward blocks.
        tokenizer_json: Content of tokenizer.json.
        labels: Names of the outputs.
        validation: Dev split; nothing else is looked at.
        provenance: How the weights came to be; calibration and dev figures are added.
        everyday: A dev split of everyday texts. With it a model of GoEmotions' labels gets two
            domains: "everyday", which is in force, and "reddit", for texts like those of
            `validation`; and `FittedConstants`.
        replies: Of those that the model has learned with what was said before them; it is then one
            that reads context. They take part in measuring the ranges of activations.
        dev_replies: Replies of the everyday corpus' dev. With them a model only counts as one that
            reads context if it is right more often with what was said before than without.
    """
    state_dict = _split_heads(state_dict, len(labels))
    undecided = Thresholds(0.5, dict.fromkeys(labels, 0.5))
    sizes = Architecture.of(state_dict, n_heads, activation)
    config = ModelConfig(labels, sizes.max_positions, n_heads, undecided, provenance, activation)
    config = replace(config, reads_context=bool(replies))
    if has_risks(state_dict):
        config = replace(config, risks=RISKS)
    if further_heads(state_dict):
        same = Adjustment.without_map(undecided)
        domains = {EVERYDAY: same, REDDIT: same}
        config = replace(config, domains=domains, domain=EVERYDAY, heads=(REDDIT,))
    measured: list[Readable] = [*clean_texts(validation.texts[:_MEASURED_TEXTS])]
    measured += replies[:: max(1, len(replies) // _MEASURED_REPLIES)]
    network = _Network.of(state_dict, sizes, config, tokenizer_json, measured)
    own = _with_own_domain(network, validation)
    if everyday is None:
        return own.artifact()
    artifact = with_fitted_constants(_with_everyday(own, everyday).artifact(), validation, everyday)
    return _with_proved_context(artifact, dev_replies) if replies and dev_replies else artifact


def _with_proved_context(artifact: ModelArtifact, replies: EverydayTexts) -> ModelArtifact:
    """Keep to reading each text alone where context does not help on dev; note the figures."""
    figures = evaluate_replies(EmotionClassifier(artifact), replies).groups["all"]
    in_context, alone = (round(x.value, 5) for x in (figures.in_context, figures.alone))
    provenance = {
        **artifact.config.provenance,
        "replies": {"right_in_context": in_context, "right_alone": alone},
    }
    return replace(
        artifact,
        config=replace(artifact.config, reads_context=in_context > alone, provenance=provenance),
    )


@dataclass(frozen=True)
class _Network:
    """Weights ready for 8 bits, and what else an artifact is made of."""

    weights: StateDict
    sizes: Architecture
    ranges: Mapping[str, ActivationRange]
    tokenizer_json: str
    config: ModelConfig

    @classmethod
    def of(
        cls,
        state_dict: StateDict,
        sizes: Architecture,
        config: ModelConfig,
        tokenizer_json: str,
        texts: Sequence[Readable],
    ) -> "_Network":
        batches = _batches(texts, TextTokenizer(tokenizer_json, sizes.max_positions))
        equalized = equalize(state_dict, sizes, measure_ranges(state_dict, sizes, batches))
        ranges = smooth(equalized, sizes, measure_ranges(equalized, sizes, batches))
        return cls(equalized, sizes, ranges, tokenizer_json, config)

    @property
    def own_head(self) -> str:
        """The head for texts like those of GoEmotions."""
        return f"classifier_{REDDIT}" if further_heads(self.weights) else "classifier"

    def artifact(self) -> ModelArtifact:
        graph = Int8Graph(self.weights, self.sizes, self.ranges).build().SerializeToString()
        return ModelArtifact(graph, self.tokenizer_json, self.config)

    def calibrated(
        self, scale: npt.NDArray[np.floating], offset: npt.NDArray[np.floating], head: str
    ) -> "_Network":
        return replace(self, weights=fold_calibration(self.weights, scale, offset, head))


def _with_own_domain(network: _Network, validation: Split) -> _Network:
    """Fit calibration and thresholds on the labelled data's dev split."""
    config = network.config
    reader = network.artifact()
    if config.heads:
        reader = reader.in_domain(REDDIT)
    logits = EmotionClassifier(reader).predict_logits(validation.texts)
    calibration = fit_calibration(logits, validation.multi_hot)
    calibrated = sigmoid(calibration.apply(logits).astype(np.float32))
    thresholds = fit_thresholds(calibrated, validation.multi_hot, config.labels)
    figures = {
        "calibration": {"method": calibration.method, "log_loss": calibration.log_loss},
        "validation": _figures(calibrated, validation, config.labels, thresholds),
    }
    config = replace(config, thresholds=thresholds, provenance={**config.provenance, **figures})
    network = replace(network, config=config)
    return network.calibrated(calibration.scale, calibration.offset, network.own_head)


def _with_everyday(network: _Network, everyday: EverydayTexts) -> _Network:
    """Fit both again for everyday texts, whose head is "classifier" either way."""
    labels = network.config.labels
    logits = EmotionClassifier(network.artifact()).predict_logits(everyday.texts)
    adjustment = fit_adjustment(logits, everyday.primary, everyday.plausible, labels)
    network = _with_risks(network, everyday)
    network = replace(network, config=_with_domains(network.config, adjustment))
    return network.calibrated(*adjustment.calibration(labels), "classifier")


def _with_risks(network: _Network, everyday: EverydayTexts) -> _Network:
    """Calibrate the head for risks, where there is one."""
    config = network.config
    if not config.risks:
        return network
    outputs = EmotionClassifier(network.artifact()).predict_outputs(everyday.texts)
    calibration = fit_calibration(outputs[:, len(config.labels) :], everyday.risks)
    return network.calibrated(calibration.scale, calibration.offset, RISK_HEAD)


def _split_heads(state_dict: StateDict, n_labels: int) -> dict[str, FloatArray]:
    """Name the heads that training keeps in one matrix; see `package_model`."""
    n_domains = len(state_dict["classifier.bias"]) // n_labels
    heads = [f"classifier_{REDDIT}", "classifier"][-n_domains:]
    parts = {}
    for part in ("weight", "bias"):
        rows = state_dict[f"classifier.{part}"]
        for i, head in enumerate(heads):
            parts[f"{head}.{part}"] = rows[i * n_labels : (i + 1) * n_labels]
        if len(rows) > n_domains * n_labels:
            parts[f"{RISK_HEAD}.{part}"] = rows[n_domains * n_labels :]
    return {**state_dict, **parts}


def with_fitted_constants(
    artifact: ModelArtifact, reddit: Split, everyday: EverydayTexts
) -> ModelArtifact:
    """Return a model of GoEmotions' labels with `FittedConstants`, all fitted on dev.

    Documents and groups are fitted on comments from Reddit, read as such; the default policy on
    these and everyday texts, with the scores that users see by default.
    """
    labels, config = artifact.config.labels, artifact.config
    in_reddit = artifact.in_domain(REDDIT)
    probabilities = EmotionClassifier(in_reddit).predict_proba(reddit.texts)
    own = resolve_threshold(None, labels, in_reddit.config.thresholds)
    comments = Comments(
        labels, probabilities.astype(np.float64), reddit.multi_hot, own.astype(np.float64)
    )
    exclusivity = fit_exclusivity(probabilities, reddit.multi_hot, labels)
    fitted = FittedConstants(
        fit_document_shifts(comments),
        exclusivity,
        _fit_policy(artifact, exclusivity, reddit, everyday),
    )
    return replace(artifact, config=replace(config, fitted=fitted))


def _fit_policy(
    artifact: ModelArtifact, exclusivity: float, reddit: Split, everyday: EverydayTexts
) -> dict[str, dict[str, float]]:
    labels, policy = artifact.config.labels, Policy.default(artifact.config)
    evaluator = PolicyEvaluator(policy, artifact.config.outputs, exclusivity)
    texts = [*reddit.texts, *everyday.texts]
    probabilities = sigmoid(EmotionClassifier(artifact).predict_outputs(texts))
    scores = evaluator.category_scores(probabilities)
    carried = np.concatenate([reddit.multi_hot, everyday.primary])
    emotions = {category.name: category.emotions for category in policy.categories}
    belongs = carries_group(carried, labels, emotions)
    of_everyday = slice(len(reddit.texts), None)
    return {
        category.name: fit_risk(scores[of_everyday, column], everyday.risks, category)
        if category.risks
        else fit_emotions(scores[:, column], belongs[:, column], category)
        for column, category in enumerate(policy.categories)
    }


def _with_domains(config: ModelConfig, everyday: Adjustment) -> ModelConfig:
    """Add the two domains to a model whose graph has the everyday calibration."""
    scale, offset = everyday.scale, everyday.offset
    reddit = Adjustment.without_map(config.thresholds)
    if not config.heads:
        # The one head's logits are everyday's: the map back gives those of Reddit.
        reddit = Adjustment(
            config.thresholds,
            {label: 1 / scale[label] for label in config.labels},
            {label: -offset[label] / scale[label] for label in config.labels},
        )
    domains = {EVERYDAY: Adjustment.without_map(everyday.thresholds), REDDIT: reddit}
    return replace(config, thresholds=everyday.thresholds, domains=domains, domain=EVERYDAY)


def fold_calibration(
    state_dict: StateDict,
    scale: npt.NDArray[np.floating],
    offset: npt.NDArray[np.floating],
    head: str = "classifier",
) -> dict[str, FloatArray]:
    """Return weights whose logits are calibrated: the affine map goes into the last layer."""
    weight, bias = state_dict[f"{head}.weight"], state_dict[f"{head}.bias"]
    return {
        **state_dict,
        f"{head}.weight": (weight * scale[:, None]).astype(np.float32),
        f"{head}.bias": (bias * scale + offset).astype(np.float32),
    }


def _batches(
    texts: Sequence[Readable], tokenizer: TextTokenizer
) -> list[tuple[IntArray, IntArray]]:
    tokenized = tokenizer.encode(texts)
    batches = cut_batches([len(text.input_ids) for text in tokenized])
    return [pad([tokenized[i].input_ids for i in batch]) for batch in batches]


def _figures(
    probabilities: FloatArray, split: Split, labels: tuple[str, ...], thresholds: Thresholds
) -> dict[str, float]:
    y_true = split.multi_hot
    own = decide(probabilities, resolve_threshold(None, labels, thresholds))
    figures = {
        "macro_f1": macro_f1(y_true, own),
        "micro_f1": micro_f1(y_true, own),
        "macro_f1_global": macro_f1(y_true, probabilities >= thresholds.shared),
        "mean_average_precision": mean_average_precision(y_true, probabilities),
        "bce_loss": bce_loss(y_true, probabilities),
        "expected_calibration_error": expected_calibration_error(y_true, probabilities),
    }
    return {name: round(value, 5) for name, value in figures.items()}
