"""Chooses the rule by which sentences make the emotions of a document, and fits its constants.

    python benchmarks/documents.py --data goemotions/ [--write]

Documents are made of GoEmotions' dev comments, 2 to 200 each: neutral ones, and among them from 2 %
to all with emotions. A document carries what one of its comments carries. Dev is halved ten times;
constants are fitted on documents of one half and measured on documents of the other. Prints the
table of docs/documents.md; --write fits on all of dev and writes the package's aggregation.json.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.evaluation.metrics import (
    bce_loss,
    expected_calibration_error,
    f1_from_counts,
    macro_f1,
    mean_average_precision,
    micro_f1,
)
from emoticare.labels import LABELS
from emoticare.meaning.documents import aggregation
from emoticare.meaning.documents.aggregation import FittedShifts, shift_log_odds
from emoticare.model.files import write_json
from emoticare.stages.decision import resolve_threshold

N_HALVINGS, N_FITTED, N_MEASURED = 5, 3000, 1500
EMOTIONAL_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
FEWEST, MOST = 2, 200
THRESHOLD_SHIFTS = np.arange(-1.5, 2.51, 0.1)
SCORE_SHIFTS = np.arange(-1.0, 4.01, 0.02)
# A label's own shift weighs as much as the shared one where so many comments carry the label.
PRIOR_COUNT = 25.0
EMOTIONS = np.array([label != "neutral" for label in LABELS])
CHOSEN = f"mean of the top {aggregation.TOP}"

Rule = Callable[[np.ndarray], np.ndarray]
"""From probabilities of sentences, (n_sentences, n_labels), to the document's, (n_labels,)."""


def mean_of_top(k: int) -> Rule:
    return lambda p: -np.sort(-p, axis=0)[:k].mean(axis=0)


RULES: dict[str, Rule] = {
    "max": lambda p: p.max(axis=0),
    "mean": lambda p: p.mean(axis=0),
    "mean of the top 2": mean_of_top(2),
    "mean of the top 3": mean_of_top(3),
    "mean of the top 5": mean_of_top(5),
    "noisy-or": lambda p: 1 - np.prod(1 - p, axis=0),
}


@dataclass(frozen=True)
class Comments:
    """Labelled comments with the model's probabilities, and its thresholds."""

    probabilities: np.ndarray
    multi_hot: np.ndarray
    thresholds: np.ndarray


@dataclass(frozen=True)
class Documents:
    """Gold labels of made documents, their scores by each rule, and comments a label had."""

    y_true: np.ndarray
    scores: dict[str, np.ndarray]
    support: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' dev.tsv")
    parser.add_argument("--write", action="store_true", help="write the package's constants")
    options = parser.parse_args()
    classifier = emoticare.load()
    dev = read_split(options.data, "dev")
    own = resolve_threshold(None, LABELS, classifier.artifact.config.thresholds)
    comments = Comments(
        classifier.predict_proba(dev.texts).astype(np.float64), dev.multi_hot, own.astype(float)
    )
    print_table(halved(comments))
    documents = make_documents(comments, np.arange(len(dev)), N_FITTED, seed=99)
    shifts = fit(documents, CHOSEN, own)
    print(f"\nscore shift {shifts.score_shift}, threshold shift {shifts.threshold_shift}")
    if options.write:
        path = Path(aggregation.__file__).with_name(aggregation.FITTED)
        provenance = {
            "command": "python benchmarks/documents.py --data goemotions/ --write",
            "data": "made of GoEmotions' dev split",
            "model": classifier.artifact.digest,
        }
        write_json(path, {"provenance": provenance, "shifts": vars(shifts)})
        print(path)


def halved(comments: Comments) -> dict[str, list[dict[str, float]]]:
    """Fits on one half and measures on the other, both ways, several times."""
    results: dict[str, list[dict[str, float]]] = {}
    for seed in range(N_HALVINGS):
        order = np.random.default_rng(seed).permutation(len(comments.multi_hot))
        for fitted_on, measured_on in ((order[::2], order[1::2]), (order[1::2], order[::2])):
            seen = make_documents(comments, fitted_on, N_FITTED, seed)
            unseen = make_documents(comments, measured_on, N_MEASURED, seed)
            plain = figures(unseen.y_true, unseen.scores["max"], comments.thresholds)
            results.setdefault("max, thresholds of sentences", []).append(plain)
            for rule in RULES:
                shifts = fit(seen, rule, comments.thresholds)
                scores = shift_log_odds(unseen.scores[rule], shifts.score_shift)
                thresholds = shifted(comments.thresholds, shifts)
                found = figures(unseen.y_true, scores, thresholds)
                results.setdefault(rule, []).append(found)
    return results


def make_documents(comments: Comments, rows: np.ndarray, n: int, seed: int) -> Documents:
    random = np.random.default_rng(seed)
    gold = comments.multi_hot[rows]
    emotional = rows[gold[:, EMOTIONS].any(axis=1)]
    neutral = rows[~gold[:, EMOTIONS].any(axis=1)]
    y_true, scores = [], {rule: [] for rule in RULES}
    for _ in range(n):
        length = int(np.exp(random.uniform(np.log(FEWEST), np.log(MOST + 1))))
        n_emotional = random.binomial(length, random.choice(EMOTIONAL_SHARES))
        chosen = np.concatenate(
            [random.choice(emotional, n_emotional), random.choice(neutral, length - n_emotional)]
        )
        y_true.append(comments.multi_hot[chosen].any(axis=0))
        for rule, score in RULES.items():
            scores[rule].append(score(comments.probabilities[chosen]))
    return Documents(
        np.array(y_true), {rule: np.array(rows) for rule, rows in scores.items()}, gold.sum(axis=0)
    )


def fit(documents: Documents, rule: str, thresholds: np.ndarray) -> FittedShifts:
    """Fits the shift of scores for the loss, then those of thresholds for F1."""
    y_true, raw = documents.y_true, documents.scores[rule]
    losses = [bce_loss(y_true, shift_log_odds(raw, shift)) for shift in SCORE_SHIFTS]
    score_shift = float(SCORE_SHIFTS[int(np.argmin(losses))])
    scores = shift_log_odds(raw, score_shift)
    f1 = np.array(
        [label_f1(y_true, scores >= shift_log_odds(thresholds, x)) for x in THRESHOLD_SHIFTS]
    )
    shared = float(THRESHOLD_SHIFTS[int(f1[:, EMOTIONS].mean(axis=1).argmax())])
    weight = documents.support / (documents.support + PRIOR_COUNT)
    mixed = weight * THRESHOLD_SHIFTS[f1.argmax(axis=0)] + (1 - weight) * shared
    own = {label: round(float(x), 3) for label, x in zip(LABELS, mixed, strict=True)}
    return FittedShifts(round(score_shift, 3), round(shared, 3), own)


def label_f1(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    both = (y_true & y_pred).sum(axis=0)
    return f1_from_counts(both, (~y_true & y_pred).sum(axis=0), (y_true & ~y_pred).sum(axis=0))


def shifted(thresholds: np.ndarray, shifts: FittedShifts) -> np.ndarray:
    pairs = zip(LABELS, thresholds, strict=True)
    return np.array([shift_log_odds(t, shifts.of_label(label)) for label, t in pairs])


def figures(y_true: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> dict[str, float]:
    """Over the 27 emotions; that somebody is neutral says little of a document."""
    gold, scores, decided = (x[:, EMOTIONS] for x in (y_true, scores, scores >= thresholds))
    return {
        "macro-F1": macro_f1(gold, decided),
        "micro-F1": micro_f1(gold, decided),
        "AP": mean_average_precision(gold, scores),
        "BCE": bce_loss(gold, scores),
        "ECE": expected_calibration_error(gold, scores),
    }


def print_table(results: dict[str, list[dict[str, float]]]) -> None:
    plain = results["max, thresholds of sentences"]
    print("| rule | macro-F1 | gain | micro-F1 | gain | AP | BCE | ECE |")
    print("|---|---|---|---|---|---|---|---|")
    for rule, rows in results.items():
        mean = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
        cells = [rule]
        for name in ("macro-F1", "micro-F1"):
            gains = [row[name] - base[name] for row, base in zip(rows, plain, strict=True)]
            cells.append(f"{mean[name]:.4f}")
            cells.append(f"{np.mean(gains):+.4f} ({min(gains):+.4f} to {max(gains):+.4f})")
        cells += [f"{mean[name]:.4f}" for name in ("AP", "BCE", "ECE")]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
