"""Fits what turns the scores of sentences into those of a document; docs/documents.md."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from emoticare.evaluation.metrics import bce_loss, f1_from_counts
from emoticare.meaning.documents.aggregation import TOP, shift_log_odds
from emoticare.model.fitted import DocumentShifts

Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Rule = Callable[[Array], Array]
"""From probabilities of sentences, (n_sentences, n_labels), to the document's, (n_labels,)."""

EMOTIONAL_SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
FEWEST, MOST = 2, 200
_THRESHOLD_SHIFTS: Final = np.arange(-1.5, 2.51, 0.1)
_SCORE_SHIFTS: Final = np.arange(-1.0, 4.01, 0.02)
# A label's own shift weighs as much as the shared one where so many comments carry the label.
_PRIOR_COUNT: Final = 25.0
_N_FITTED: Final = 3000
_SEED: Final = 99
_NEUTRAL: Final = "neutral"


@dataclass(frozen=True, eq=False)
class Comments:
    """Labelled texts with a model's probabilities, both of shape (n_texts, n_labels).

    Attributes:
        labels: Names of the columns.
        probabilities: Calibrated.
        multi_hot: What each text carries.
        thresholds: The model's, of shape (n_labels,).
    """

    labels: tuple[str, ...]
    probabilities: Array
    multi_hot: BoolArray
    thresholds: Array

    @property
    def is_emotion(self) -> BoolArray:
        """Which columns are emotions, of shape (n_labels,)."""
        return np.array([label != _NEUTRAL for label in self.labels], np.bool_)


@dataclass(frozen=True, eq=False)
class Documents:
    """Gold labels of made documents, their scores by each rule, and texts that a label had."""

    y_true: BoolArray
    scores: dict[str, Array]
    support: npt.NDArray[np.int64]


def mean_of_top(k: int) -> Rule:
    """Return the rule of the mean of the k highest."""
    return lambda p: np.asarray(-np.sort(-p, axis=0)[:k].mean(axis=0))


def fit_document_shifts(comments: Comments) -> DocumentShifts | None:
    """Fit on documents made of the comments; None where all or none of these have an emotion."""
    is_emotional = comments.multi_hot[:, comments.is_emotion].any(axis=1)
    if is_emotional.all() or not is_emotional.any():
        return None
    rows = np.arange(len(comments.multi_hot))
    rules = {"": mean_of_top(TOP)}
    documents = make_documents(comments, rows, _N_FITTED, _SEED, rules)
    return fit_shifts(documents, "", comments)


def make_documents(
    comments: Comments, rows: npt.NDArray[np.intp], n: int, seed: int, rules: Mapping[str, Rule]
) -> Documents:
    """Make documents of 2 to 200 comments: neutral ones, and among them some or all with emotions.

    Args:
        comments: What they are made of.
        rows: The comments to take.
        n: How many documents.
        seed: Of the draw.
        rules: How to score a document, by name.
    """
    random = np.random.default_rng(seed)
    gold = comments.multi_hot[rows]
    is_emotional = gold[:, comments.is_emotion].any(axis=1)
    emotional, neutral = rows[is_emotional], rows[~is_emotional]
    y_true = []
    scores: dict[str, list[Array]] = {rule: [] for rule in rules}
    for _ in range(n):
        length = int(np.exp(random.uniform(np.log(FEWEST), np.log(MOST + 1))))
        n_emotional = random.binomial(length, random.choice(EMOTIONAL_SHARES))
        chosen = np.concatenate(
            [random.choice(emotional, n_emotional), random.choice(neutral, length - n_emotional)]
        )
        y_true.append(comments.multi_hot[chosen].any(axis=0))
        for rule, score in rules.items():
            scores[rule].append(score(comments.probabilities[chosen]))
    return Documents(
        np.array(y_true), {rule: np.array(rows) for rule, rows in scores.items()}, gold.sum(axis=0)
    )


def fit_shifts(documents: Documents, rule: str, comments: Comments) -> DocumentShifts:
    """Fit the shift of scores for the loss, then those of thresholds for F1."""
    y_true, raw = documents.y_true, documents.scores[rule]
    losses = [bce_loss(y_true, shift_log_odds(raw, shift)) for shift in _SCORE_SHIFTS]
    score_shift = float(_SCORE_SHIFTS[int(np.argmin(losses))])
    scores = shift_log_odds(raw, score_shift)
    f1 = np.array(
        [
            _label_f1(y_true, scores >= shift_log_odds(comments.thresholds, shift))
            for shift in _THRESHOLD_SHIFTS
        ]
    )
    of_emotions = f1[:, comments.is_emotion].mean(axis=1)
    shared = float(_THRESHOLD_SHIFTS[int(of_emotions.argmax())])
    weight = documents.support / (documents.support + _PRIOR_COUNT)
    mixed = weight * _THRESHOLD_SHIFTS[f1.argmax(axis=0)] + (1 - weight) * shared
    own = _by_label(comments.labels, mixed)
    return DocumentShifts(round(score_shift, 3), round(shared, 3), own)


def shifted_thresholds(comments: Comments, shifts: DocumentShifts) -> Array:
    """Return the thresholds of documents, of shape (n_labels,)."""
    pairs = zip(comments.labels, comments.thresholds, strict=True)
    return np.array([shift_log_odds(t, shifts.of_label(label)) for label, t in pairs])


def _by_label(labels: Sequence[str], values: Array) -> dict[str, float]:
    return {label: round(float(x), 3) for label, x in zip(labels, values, strict=True)}


def _label_f1(y_true: BoolArray, y_pred: BoolArray) -> Array:
    both = (y_true & y_pred).sum(axis=0)
    return f1_from_counts(both, (~y_true & y_pred).sum(axis=0), (y_true & ~y_pred).sum(axis=0))
