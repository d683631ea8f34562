"""How well a model reads everyday English: the figures of the everyday corpus."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.everyday import EverydayTexts
from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import Interval, bootstrap_ratio
from emoticare.evaluation.metrics import Array, Bools
from emoticare.evaluation.scoring import Progress, counted
from emoticare.labels import SENTIMENTS
from emoticare.stages.decision import decide, resolve_threshold

_NEUTRAL: Final = "neutral"

FIGURES: Final = {
    "strongest_primary": "strongest label is primary",
    "strongest_primary_emotional": "the same, texts with an emotion",
    "strongest_plausible": "strongest is primary or plausible",
    "f1": "F1 of decided labels",
    "only_neutral": "emotional, but neutral or nothing decided",
    "neutral_with_emotion": "neutral, but an emotion decided",
}
"""The figures of `EverydayFigures`, in words."""


@dataclass(frozen=True)
class EverydayFigures:
    """Figures of a group of texts, each with its 95% bootstrap interval over texts.

    Attributes:
        n_texts: Texts of the group.
        n_emotional: Those with an emotion among their primary labels.
        figures: By name of `FIGURES`; nan where no text counts. `strongest_…` look at the most
            probable label, the others at labels that reach their threshold. F1 is over all texts
            and labels together (micro); plausible labels count neither for nor against.
    """

    n_texts: int
    n_emotional: int
    figures: Mapping[str, Interval]

    def to_json(self) -> dict[str, float | None]:
        """Give a flat record fit for JSON: each figure, and its `…_ci_low` and `…_ci_high`."""
        record: dict[str, float | None] = {
            "n_texts": self.n_texts,
            "n_emotional": self.n_emotional,
        }
        for name, interval in self.figures.items():
            record |= interval.to_json(name)
        return record


@dataclass(frozen=True)
class Everyday:
    """A model's figures on a split of the everyday corpus.

    Attributes:
        model: Digest of the model.
        split: Name of the split.
        groups: "all", "real" and "written"; without the sources' files "written" alone.
        kinds: The figures by kind of text, in alphabetical order.
        sarcastic_read_as_positive: Of texts of the kind sarcasm whose primary labels are not
            positive, the share whose strongest emotion other than neutral is; by group.
    """

    model: str
    split: str
    groups: Mapping[str, EverydayFigures]
    kinds: Mapping[str, EverydayFigures]
    sarcastic_read_as_positive: Mapping[str, Interval]

    def to_json(self) -> dict[str, object]:
        """Give a record fit for JSON, whose keys begin with `everyday_`."""
        return {
            "everyday_model": self.model,
            "everyday_split": self.split,
            "everyday": {name: group.to_json() for name, group in self.groups.items()},
            "everyday_by_kind": {name: kind.to_json() for name, kind in self.kinds.items()},
            "everyday_sarcastic_read_as_positive": {
                name: None if np.isnan(share.value) else share.value
                for name, share in self.sarcastic_read_as_positive.items()
            },
        }


def evaluate_everyday(
    classifier: EmotionClassifier, texts: EverydayTexts, *, on_progress: Progress | None = None
) -> Everyday:
    """Measure a model on a split of the everyday corpus.

    Args:
        classifier: The model; its labels are those that the split was read with.
        texts: The split.
        on_progress: Called with the number of texts read since the last call.

    Raises:
        UsageError: The model has no label `neutral`.
    """
    if _NEUTRAL not in classifier.labels:
        raise UsageError("Expected a model with the label neutral, found one without.")
    probabilities = classifier.predict_proba(counted(texts.texts, on_progress))
    thresholds = resolve_threshold(None, classifier.labels, classifier.artifact.config.thresholds)
    decided = decide(probabilities, thresholds)
    neutral = classifier.labels.index(_NEUTRAL)
    sums = _sums(texts, probabilities.argmax(axis=1), decided, neutral)
    positive = _read_as_positive(texts, probabilities, classifier)
    groups = texts.by_origin()
    kinds = np.array(texts.kinds)
    return Everyday(
        model=classifier.artifact.digest,
        split=texts.split,
        groups={name: _figures(sums, mask) for name, mask in groups.items()},
        kinds={name: _figures(sums, kinds == name) for name in sorted(set(texts.kinds))},
        sarcastic_read_as_positive={
            name: bootstrap_ratio(positive[0][mask], positive[1][mask])
            for name, mask in groups.items()
        },
    )


def _sums(texts: EverydayTexts, strongest: Array, decided: Bools, neutral: int) -> dict[str, Array]:
    """Give for each figure what every text adds above and below the line, (2, n_texts)."""
    rows = np.arange(len(strongest))
    right = texts.primary[rows, strongest]
    allowed = right | texts.plausible[rows, strongest]
    is_neutral = texts.primary[:, neutral]
    everything = np.ones_like(right)
    counts = texts.primary | ~texts.plausible
    hits = (decided & texts.primary).sum(axis=1)
    errors = ((decided != texts.primary) & counts).sum(axis=1)
    an_emotion = np.delete(decided, neutral, axis=1)
    asked = np.delete(counts, neutral, axis=1)
    return {
        "strongest_primary": np.stack([right, everything]),
        "strongest_primary_emotional": np.stack([right & ~is_neutral, ~is_neutral]),
        "strongest_plausible": np.stack([allowed, everything]),
        "f1": np.stack([2 * hits, 2 * hits + errors]),
        "only_neutral": np.stack([~an_emotion.any(axis=1) & ~is_neutral, ~is_neutral]),
        "neutral_with_emotion": np.stack(
            [(an_emotion & asked).any(axis=1) & is_neutral, is_neutral]
        ),
    }


def _read_as_positive(
    texts: EverydayTexts, probabilities: Array, classifier: EmotionClassifier
) -> tuple[Array, Array]:
    positive = np.isin(classifier.labels, SENTIMENTS["positive"])
    neutral = classifier.labels.index(_NEUTRAL)
    emotions = np.where(np.arange(probabilities.shape[1]) == neutral, -1, probabilities)
    sarcastic = np.array([kind == "sarcasm" for kind in texts.kinds])
    counts = sarcastic & ~texts.primary[:, positive].any(axis=1)
    return counts & positive[emotions.argmax(axis=1)], counts


def _figures(sums: Mapping[str, Array], mask: Bools) -> EverydayFigures:
    return EverydayFigures(
        n_texts=int(mask.sum()),
        n_emotional=int(sums["only_neutral"][1][mask].sum()),
        figures={
            name: bootstrap_ratio(above[mask], below[mask]) for name, (above, below) in sums.items()
        },
    )
