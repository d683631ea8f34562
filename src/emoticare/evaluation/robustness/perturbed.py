"""How far a model's answer moves when a text changes but its emotions do not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.perturbation import misspell, unmask_names
from emoticare.evaluation.metrics import Array
from emoticare.evaluation.scoring import Progress, counted
from emoticare.evaluation.slices import evaluate_slices
from emoticare.stages.decision import decide, resolve_threshold

NEUTRAL_SENTENCES: Final = (
    "The meeting is on Tuesday.",
    "It is a quarter past four.",
    "The shop is on the left.",
    "The bus stops at the station.",
    "The table is made of wood.",
    "There are two chairs in the room.",
    "The form has three pages.",
    "This was on the second floor.",
    "The office opens at nine.",
    "The road goes to the river.",
)

_METRICS: Final = ("macro_f1", "micro_f1", "mean_average_precision")
_MASK = re.compile(r"(\[[A-Z]+\])")


def _cased(change: Callable[[str], str]) -> Callable[[str, Random], str]:
    def perturb(text: str, _chance: Random) -> str:
        # Nobody writes the data set's own marks, [NAME] and [RELIGION], in any other case.
        return "".join(part if _MASK.match(part) else change(part) for part in _MASK.split(text))

    return perturb


def _titled(text: str) -> str:
    return re.sub(r"\S+", lambda word: word[0].capitalize(), text)


def append_neutral_text(text: str, chance: Random) -> str:
    """Put a neutral sentence after the text, and a full stop between if there is no mark."""
    stop = "." if text[-1:].isalnum() else ""
    return f"{text}{stop} {chance.choice(NEUTRAL_SENTENCES)}"


PERTURBATIONS: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "typos": misspell,
    "upper_case": _cased(str.upper),
    "lower_case": _cased(str.lower),
    "title_case": _cased(_titled),
    "neutral_text": append_neutral_text,
    "names": unmask_names,
}
"""Each takes a text and a source of chance, and leaves the text's emotions as they are."""


@dataclass(frozen=True)
class Perturbed:
    """A model's figures on the texts that a perturbation changes.

    Attributes:
        n_texts: How many they are.
        before: `macro_f1` (over the labels that occur), `micro_f1` and `mean_average_precision` of
            the texts as they stand, at the model's own thresholds; None where undefined.
        after: The same of the changed texts.
        mean_change: Of the largest absolute change of a probability in a text, the mean over texts.
        change_p99: Its 99th percentile.
        share_labels_changed: Share of texts that got another set of labels.
    """

    n_texts: int
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]
    mean_change: float
    change_p99: float
    share_labels_changed: float

    def to_json(self) -> dict[str, object]:
        """Give a flat record fit for JSON."""
        return {
            "n_texts": self.n_texts,
            **self.after,
            **{f"{name}_unperturbed": value for name, value in self.before.items()},
            "mean_change": self.mean_change,
            "change_p99": self.change_p99,
            "share_labels_changed": self.share_labels_changed,
        }


def evaluate_perturbed(
    classifier: EmotionClassifier,
    split: Split,
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> dict[str, Perturbed]:
    """Measure a model on a split before and after each of `PERTURBATIONS`.

    Args:
        classifier: The model.
        split: Texts with the model's labels.
        seed: Of the chance in each perturbation.
        on_progress: Called with the number of texts done since the last call; in all those of the
            split once, and once more for each perturbation.

    Returns:
        Figures by perturbation; without those that change no text.
    """
    probabilities = classifier.predict_proba(counted(split.texts, on_progress))
    thresholds = resolve_threshold(None, classifier.labels, classifier.artifact.config.thresholds)
    results = {}
    for name, perturb in PERTURBATIONS.items():
        chance = Random(seed)  # noqa: S311 - nothing secret
        texts = [perturb(text, chance) for text in split.texts]
        is_new = np.array([a != b for a, b in zip(texts, split.texts, strict=True)], np.bool_)
        if on_progress:
            on_progress(int(np.count_nonzero(~is_new)))
        if not is_new.any():
            continue
        changed = [text for text, new in zip(texts, is_new, strict=True) if new]
        after = classifier.predict_proba(counted(changed, on_progress))
        results[name] = compare_probabilities(
            split.multi_hot[is_new], probabilities[is_new], after, thresholds
        )
    return results


def compare_probabilities(
    y_true: Array, before: Array, after: Array, thresholds: Array
) -> Perturbed:
    """Compare probabilities of the same texts before and after a perturbation.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), at least one text.
        before: Probabilities of the texts as they stand, of the same shape.
        after: Those of the changed texts.
        thresholds: The model's own, of shape (n_labels,).
    """
    change = np.abs(after.astype(np.float64) - before).max(axis=1)
    is_relabelled = (decide(before, thresholds) != decide(after, thresholds)).any(axis=1)
    return Perturbed(
        n_texts=len(y_true),
        before=_figures(y_true, before, thresholds),
        after=_figures(y_true, after, thresholds),
        mean_change=float(change.mean()),
        change_p99=float(np.quantile(change, 0.99)),
        share_labels_changed=float(is_relabelled.mean()),
    )


def _figures(y_true: Array, probabilities: Array, thresholds: Array) -> dict[str, float | None]:
    everything = {"all": np.ones(len(y_true), np.bool_)}
    figures = evaluate_slices(y_true, probabilities, thresholds, everything)["all"]
    return {name: figures[name] for name in _METRICS}
