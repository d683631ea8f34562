"""How well a model tells emotions apart in texts of another kind than it was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.xed import XED_EMOTIONS
from emoticare.errors import UsageError
from emoticare.evaluation.bootstrap import Interval, bootstrap_mean_auroc
from emoticare.evaluation.metrics import auroc
from emoticare.evaluation.scoring import Progress, counted

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
        """Gives a flat record fit for JSON."""
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
    """Measures the labels that XED shares with the model: six of GoEmotions' 28.

    Args:
        classifier: The model.
        xed: What `read_xed` gives.
        known: Splits of GoEmotions; lines of four words or more that stand there, but for case,
            spaces and punctuation, are left out.
        on_progress: Called with the number of texts read since the last call.

    Raises:
        UsageError: If the model has none of XED's emotions.
    """
    shared = [emotion for emotion in XED_EMOTIONS if emotion in classifier.labels]
    if not shared:
        raise UsageError(
            f"Expected a model with at least one of {', '.join(XED_EMOTIONS)} among its labels."
        )
    seen = {_letters(text) for split in known for text in split.texts} - {None}
    is_new = np.array([_letters(text) not in seen for text in xed.texts])
    texts = [text for text, new in zip(xed.texts, is_new, strict=True) if new]
    y_true = xed.multi_hot[is_new][:, [XED_EMOTIONS.index(emotion) for emotion in shared]]
    columns = [classifier.labels.index(emotion) for emotion in shared]
    probabilities = classifier.predict_proba(counted(texts, on_progress))[:, columns]
    values = auroc(y_true, probabilities)
    return OutOfDomain(
        n_texts=len(texts),
        n_dropped=int(np.count_nonzero(~is_new)),
        auroc=dict(zip(shared, map(float, values), strict=True)),
        mean_auroc=bootstrap_mean_auroc(y_true, probabilities),
    )


def _letters(text: str) -> str | None:
    """What of a text tells it from others however it is set; None for one too short to tell."""
    if len(text.split()) < _FEWEST_WORDS:
        return None
    return "".join(filter(str.isalnum, text.lower()))
