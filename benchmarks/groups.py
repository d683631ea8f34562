"""Compares rules for the probability of a group of emotions.

    python benchmarks/groups.py --data goemotions/ --emobank emobank.csv

On GoEmotions' dev split: what has parameters is fitted on four fifths of the texts and measured on
the last, in turn. Prints the tables of docs/groups.md.
Valence is compared with EmoBank's, as the probability of positive less that of negative.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.dataset import Split
from emoticare.data.goemotions import read_split
from emoticare.evaluation.gold import REDDIT, in_domain
from emoticare.evaluation.metrics import (
    bce_loss,
    bce_losses,
    expected_calibration_error,
    mean_average_precision,
    mean_of_defined,
    per_label_calibration_error,
)
from emoticare.labels import LABELS
from emoticare.stages.groups import GROUPINGS, group_probabilities, noisy_or_and_sum
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.training.fitting.calibration import fit_calibration
from emoticare.training.fitting.groups import GRID, carries_group

N_FOLDS, N_BOOTSTRAP = 5, 1000
Rule = Callable[[np.ndarray], np.ndarray]
"""Fits on the rows where a mask is true, and gives probabilities for all rows."""


class Groups:
    """The groups of one grouping on labelled texts."""

    def __init__(self, probabilities: FloatArray, multi_hot: np.ndarray, grouping: str) -> None:
        members = [[LABELS.index(x) for x in group] for group in GROUPINGS[grouping].values()]
        self.y_true = carries_group(multi_hot, LABELS, GROUPINGS[grouping])
        self.best = np.stack([probabilities[:, m].max(axis=1) for m in members], axis=1)
        self.noisy_or, self.sum = noisy_or_and_sum(probabilities, LABELS, grouping)

    def blend(self, share: float) -> np.ndarray:
        return self.noisy_or + share * (self.sum - self.noisy_or)

    def fitted_blend(self, fit_on: np.ndarray) -> np.ndarray:
        losses = [bce_loss(self.y_true[fit_on], self.blend(share)[fit_on]) for share in GRID]
        return self.blend(float(GRID[int(np.argmin(losses))]))

    def platt(self, fit_on: np.ndarray) -> np.ndarray:
        clipped = np.clip(self.noisy_or, 1e-6, 1 - 1e-6)
        logits = np.log(clipped / (1 - clipped))
        calibration = fit_calibration(logits[fit_on], self.y_true[fit_on])
        return sigmoid(calibration.apply(logits))

    def cross_validated(self, rule: Rule, fold_of: np.ndarray) -> np.ndarray:
        probabilities = np.empty_like(self.noisy_or)
        for fold in range(N_FOLDS):
            probabilities[fold_of == fold] = rule(fold_of != fold)[fold_of == fold]
        return probabilities


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' dev.tsv")
    parser.add_argument("--emobank", type=Path, required=True)
    options = parser.parse_args()
    dev = read_split(options.data, "dev")
    compare_rules(in_domain(emoticare.load(), REDDIT).predict_proba(dev.texts), dev)
    compare_valence(emoticare.load(), options.emobank)


def compare_rules(probabilities: FloatArray, dev: Split) -> None:
    fold_of = np.random.default_rng(0).permutation(len(dev)) % N_FOLDS
    print("| grouping | rule | BCE | gain over noisy-or | AP | ECE | group ECE |")
    print("|---|---|---|---|---|---|---|")
    for name in GROUPINGS:
        groups = Groups(probabilities, dev.multi_hot, name)
        rules = {
            "max": groups.best,
            "noisy-or": groups.noisy_or,
            "sum, at most 1": groups.sum,
            "noisy-or, calibrated a group": groups.cross_validated(groups.platt, fold_of),
            "**between noisy-or and sum**": groups.cross_validated(groups.fitted_blend, fold_of),
        }
        for rule, values in rules.items():
            print(f"| {name} | {rule} | {figures(groups, values)} |")


def figures(groups: Groups, probabilities: np.ndarray) -> str:
    y_true = groups.y_true
    gains = bce_losses(y_true, groups.noisy_or) - bce_losses(y_true, probabilities)
    low, high = interval(lambda rows: gains[rows].mean(), len(gains))
    gain = f"{gains.mean():+.4f} ({low:+.4f} to {high:+.4f})" if gains.any() else "–"
    return " | ".join(
        (
            f"{bce_loss(y_true, probabilities):.4f}",
            gain,
            f"{mean_average_precision(y_true, probabilities):.4f}",
            f"{expected_calibration_error(y_true, probabilities):.4f}",
            f"{mean_of_defined(per_label_calibration_error(y_true, probabilities)):.4f}",
        )
    )


def compare_valence(classifier: emoticare.EmotionClassifier, emobank: Path) -> None:
    with emobank.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    valence = np.array([float(row["V"]) for row in rows])
    probabilities = classifier.predict_proba([row["text"] for row in rows])
    groups = group_probabilities(
        probabilities, LABELS, "sentiment", classifier.artifact.config.fitted.exclusivity
    ).astype(np.float64)
    ours = groups[:, 0] - groups[:, 1]
    print("\n| correlation | value | sentences |")
    print("|---|---|---|")
    for name, a, b in (
        ("of valence (Pearson)", ours, valence),
        ("of ranks (Spearman)", ranks(ours), ranks(valence)),
    ):
        value = np.corrcoef(a, b)[0, 1]
        low, high = interval(lambda i, a=a, b=b: np.corrcoef(a[i], b[i])[0, 1], len(rows))
        print(f"| {name} | {value:.3f} ({low:.3f} to {high:.3f}) | {len(rows):,} |")


def ranks(values: np.ndarray) -> np.ndarray:
    """Return mean ranks, those of ties."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def interval(statistic: Callable[[np.ndarray], float], n_rows: int) -> tuple[float, float]:
    """Return the 95% bootstrap interval over rows."""
    random = np.random.default_rng(0)
    draws = [statistic(random.integers(0, n_rows, n_rows)) for _ in range(N_BOOTSTRAP)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    main()
