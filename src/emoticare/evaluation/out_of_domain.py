"""How well a model tells emotions apart in texts of another kind than it was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.xed import XED_EMOTIONS
from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import (
    Interval,
    bootstrap_mean_auroc,
    paired_bootstrap_mean_auroc,
)
from emoticare.evaluation.metrics import Array, auroc
from emoticare.evaluation.scoring import Progress, counted
from emoticare.stages.probabilities import FloatArray

_FEWEST_WORDS = 4


@dataclass(frozen=True)
class OutOfDomain:
    """A model's figures on XED.

    Attributes:
        n_texts: Lines measured on.
        n_dropped: Lines left out because GoEmotions has the same text.
        auroc: For each emotion that XED shares with the model, the area under the ROC curve of the
            label's probability, in [0, 1].
        mean_auroc: Their mean, with its 95% bootstrap interval over lines.
    """

    n_texts: int
    n_dropped: int
    auroc: dict[str, float]
    mean_auroc: Interval

    def to_json(self) -> dict[str, object]:
        """Give a flat record fit for JSON."""
        return {
            "xed_n_texts": self.n_texts,
            "xed_n_dropped": self.n_dropped,
            "xed_mean_auroc": self.mean_auroc.value,
            "xed_mean_auroc_ci_low": self.mean_auroc.low,
            "xed_mean_auroc_ci_high": self.mean_auroc.high,
            **{f"xed_auroc_{emotion}": value for emotion, value in self.auroc.items()},
        }


def evaluate_out_of_domain(
    classifier: EmotionClassifier,
    xed: Split,
    known: Sequence[Split],
    *,
    on_progress: Progress | None = None,
) -> OutOfDomain:
    """Measure the labels that XED shares with the model: six of GoEmotions' 28.

    Args:
        classifier: The model.
        xed: What `read_xed` gives.
        known: Splits of GoEmotions; lines of four words or more that stand there, but for case,
            spaces and punctuation, are left out.
        on_progress: Called with the number of texts read since the last call.

    Raises:
        UsageError: If the model has none of XED's emotions.
    """
    lines = _OutOfDomainLines.of(classifier.labels, xed, known)
    probabilities = lines.score(classifier, on_progress)
    values = auroc(lines.y_true, probabilities)
    return OutOfDomain(
        n_texts=len(lines.texts),
        n_dropped=len(xed.texts) - len(lines.texts),
        auroc=dict(zip(lines.emotions, map(float, values), strict=True)),
        mean_auroc=bootstrap_mean_auroc(lines.y_true, probabilities),
    )


def compare_out_of_domain(
    a: EmotionClassifier,
    b: EmotionClassifier,
    xed: Split,
    known: Sequence[Split],
    *,
    on_progress: Progress | None = None,
) -> dict[str, float]:
    """Compare two models with the same labels; see `evaluate_out_of_domain`.

    Returns:
        A flat record fit for JSON: `xed_n_texts`, `xed_mean_auroc_a`, `xed_mean_auroc_b`,
        `xed_mean_auroc_difference` (b minus a) and the ends of its 95% interval from a paired
        bootstrap over lines, `xed_mean_auroc_difference_ci_low` and `…_ci_high`.

    Raises:
        UsageError: If the models have none of XED's emotions.
    """
    lines = _OutOfDomainLines.of(a.labels, xed, known)
    of_a, of_b = (lines.score(classifier, on_progress) for classifier in (a, b))
    difference = paired_bootstrap_mean_auroc(lines.y_true, of_a, of_b)
    return {
        "xed_n_texts": len(lines.texts),
        "xed_mean_auroc_a": float(np.mean(auroc(lines.y_true, of_a))),
        "xed_mean_auroc_b": float(np.mean(auroc(lines.y_true, of_b))),
        "xed_mean_auroc_difference": difference.value,
        "xed_mean_auroc_difference_ci_low": difference.low,
        "xed_mean_auroc_difference_ci_high": difference.high,
    }


@dataclass(frozen=True, eq=False)
class _OutOfDomainLines:
    """The lines that are measured on, with a column for each shared emotion."""

    texts: list[str]
    y_true: Array
    emotions: list[str]
    columns: list[int]

    @classmethod
    def of(cls, labels: Sequence[str], xed: Split, known: Sequence[Split]) -> "_OutOfDomainLines":
        shared = [emotion for emotion in XED_EMOTIONS if emotion in labels]
        if not shared:
            raise UsageError(
                f"Expected a model with at least one of {', '.join(XED_EMOTIONS)} among its labels."
            )
        seen = {_letters(text) for split in known for text in split.texts} - {None}
        is_new = np.array([_letters(text) not in seen for text in xed.texts])
        texts = [text for text, new in zip(xed.texts, is_new, strict=True) if new]
        y_true = xed.multi_hot[is_new][:, [XED_EMOTIONS.index(emotion) for emotion in shared]]
        return cls(texts, y_true, shared, [labels.index(emotion) for emotion in shared])

    def score(self, classifier: EmotionClassifier, on_progress: Progress | None) -> FloatArray:
        return classifier.predict_proba(counted(self.texts, on_progress))[:, self.columns]


def _letters(text: str) -> str | None:
    """Return what tells a text from others however it is set; None if it is too short."""
    if len(text.split()) < _FEWEST_WORDS:
        return None
    return "".join(filter(str.isalnum, text.lower()))
