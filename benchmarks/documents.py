"""Compares rules by which sentences make the emotions of a document.

    python benchmarks/documents.py --data goemotions/

Documents are made of GoEmotions' dev comments, 2 to 200 each: neutral ones, and among them from 2%
to all with emotions. A document carries what one of its comments carries. Dev is halved ten times;
constants are fitted on documents of one half and measured on documents of the other. Prints the
table of docs/documents.md.
"""

import argparse
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.evaluation.gold import REDDIT, in_domain
from emoticare.evaluation.metrics import (
    bce_loss,
    expected_calibration_error,
    macro_f1,
    mean_average_precision,
    micro_f1,
)
from emoticare.labels import LABELS
from emoticare.meaning.documents.aggregation import shift_log_odds
from emoticare.stages.decision import resolve_threshold
from emoticare.training.fitting.documents import (
    Comments,
    Rule,
    fit_shifts,
    make_documents,
    mean_of_top,
    shifted_thresholds,
)

N_HALVINGS, N_FITTED, N_MEASURED = 5, 3000, 1500
EMOTIONS = np.array([label != "neutral" for label in LABELS])
CHOSEN = "mean of the top 2"
RULES: dict[str, Rule] = {
    "max": lambda p: p.max(axis=0),
    "mean": lambda p: p.mean(axis=0),
    "mean of the top 2": mean_of_top(2),
    "mean of the top 3": mean_of_top(3),
    "mean of the top 5": mean_of_top(5),
    "noisy-or": lambda p: 1 - np.prod(1 - p, axis=0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' dev.tsv")
    options = parser.parse_args()
    classifier = in_domain(emoticare.load(), REDDIT)
    dev = read_split(options.data, "dev")
    own = resolve_threshold(None, LABELS, classifier.artifact.config.thresholds)
    probabilities = classifier.predict_proba(dev.texts).astype(np.float64)
    print_table(halved(Comments(LABELS, probabilities, dev.multi_hot, own.astype(np.float64))))


def halved(comments: Comments) -> dict[str, list[dict[str, float]]]:
    """Fit on one half and measure on the other, both ways, several times."""
    results: dict[str, list[dict[str, float]]] = {}
    for seed in range(N_HALVINGS):
        order = np.random.default_rng(seed).permutation(len(comments.multi_hot))
        for fitted_on, measured_on in ((order[::2], order[1::2]), (order[1::2], order[::2])):
            seen = make_documents(comments, fitted_on, N_FITTED, seed, RULES)
            unseen = make_documents(comments, measured_on, N_MEASURED, seed, RULES)
            plain = figures(unseen.y_true, unseen.scores["max"], comments.thresholds)
            results.setdefault("max, thresholds of sentences", []).append(plain)
            for rule in RULES:
                shifts = fit_shifts(seen, rule, comments)
                scores = shift_log_odds(unseen.scores[rule], shifts.score_shift)
                thresholds = shifted_thresholds(comments, shifts)
                found = figures(unseen.y_true, scores, thresholds)
                results.setdefault(rule, []).append(found)
    return results


def figures(y_true: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> dict[str, float]:
    """Return over the 27 emotions; that somebody is neutral says little of a document."""
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
        cells = [f"**{rule}**" if rule == CHOSEN else rule]
        for name in ("macro-F1", "micro-F1"):
            gains = [row[name] - base[name] for row, base in zip(rows, plain, strict=True)]
            cells.append(f"{mean[name]:.3f}")
            gain = f"{np.mean(gains):+.3f} ({min(gains):+.3f} to {max(gains):+.3f})"
            cells.append("–" if rows is plain else gain)
        cells += [f"{mean[name]:.3f}" for name in ("AP", "BCE", "ECE")]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
