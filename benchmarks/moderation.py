"""Measures a moderation policy against unions of GoEmotions' labels, and fits the default one.

    python benchmarks/moderation.py --data goemotions/ --fit      # after any change of the model
    python benchmarks/moderation.py --data goemotions/ --split test

A text belongs to a category if it carries one of the category's emotions: a proxy, and no judgement
about rules. --fit sets `review` to the score of best F1 on dev, and `flag`, where the category has
one, to the lowest score from which on at least `FLAG_PRECISION` of the texts belong to it, for the
categories of src/emoticare/meaning/moderation/default.toml. Prints the table of docs/moderation.md.
"""

import argparse
import re
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.dataset import Split
from emoticare.data.goemotions import read_split
from emoticare.meaning.moderation import Category, Policy, PolicyReader

DEFAULT_POLICY = Path(__file__).parents[1] / "src/emoticare/meaning/moderation/default.toml"
FLAG_PRECISION = 0.8
GRID = np.round(np.arange(0.05, 0.96, 0.01), 2)
N_BOOTSTRAP = 1000


def gold(split: Split, category: Category, labels: tuple[str, ...]) -> np.ndarray:
    columns = [labels.index(label) for label in category.emotions]
    return np.asarray(split.multi_hot, bool)[:, columns].any(axis=1)


def precision_recall(hit: np.ndarray, belongs: np.ndarray) -> tuple[float, float]:
    right = (hit & belongs).sum()
    return right / max(hit.sum(), 1), right / max(belongs.sum(), 1)


def fit(scores: np.ndarray, belongs: np.ndarray, category: Category) -> dict[str, float]:
    curve = np.array([precision_recall(scores >= at, belongs) for at in GRID])
    f1 = 2 * curve.prod(axis=1) / np.maximum(curve.sum(axis=1), 1e-9)
    fitted = {"review": float(GRID[f1.argmax()])}
    if category.flag is not None:
        # Above the last score that falls short, so that no higher one does.
        short = np.flatnonzero(curve[:, 0] < FLAG_PRECISION)
        fitted["flag"] = float(GRID[min(short[-1] + 1, len(GRID) - 1)])
    return fitted


def write(fitted: dict[str, dict[str, float]]) -> None:
    document = DEFAULT_POLICY.read_text(encoding="utf-8")
    for category, thresholds in fitted.items():
        head, name, table = document.partition(f"[categories.{category}]\n")
        for key, value in thresholds.items():
            table = re.sub(rf"^{key} = .*$", f"{key} = {value}", table, count=1, flags=re.M)
        document = head + name + table
    DEFAULT_POLICY.write_text(document, encoding="utf-8")


def interval(hit: np.ndarray, belongs: np.ndarray) -> np.ndarray:
    """Bootstrap percentiles 2.5 and 97.5 of precision and recall, shape (2, 2)."""
    generator = np.random.default_rng(0)
    drawn = (generator.integers(0, len(hit), len(hit)) for _ in range(N_BOOTSTRAP))
    figures = [precision_recall(hit[rows], belongs[rows]) for rows in drawn]
    return np.percentile(figures, [2.5, 97.5], axis=0)


def print_table(policy: Policy, scores: np.ndarray, belongs: np.ndarray) -> None:
    print("| category | action | score from | texts | precision | recall |")
    print("|---|---|---|---|---|---|")
    for column, category in enumerate(policy.categories):
        for action, threshold in (("review", category.review), ("flag", category.flag)):
            if threshold is None:
                continue
            hit = scores[:, column] >= threshold
            low, high = interval(hit, belongs[:, column])
            figures = [
                f"{value:.2f} ({a:.2f} to {b:.2f})"
                for value, a, b in zip(
                    precision_recall(hit, belongs[:, column]), low, high, strict=True
                )
            ]
            print(f"| {category.name} | {action} | {threshold} | {hit.sum():,} | "
                  f"{' | '.join(figures)} |")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--policy", type=Path)
    parser.add_argument("--fit", action="store_true", help="on dev, for the default policy")
    options = parser.parse_args()
    if options.fit and (options.split != "dev" or options.policy):
        parser.error("--fit goes with the dev split and the default policy")
    classifier = emoticare.load(options.model)
    policy = Policy.read(options.policy or DEFAULT_POLICY)
    split = read_split(options.data, options.split)
    reader = PolicyReader(policy, classifier.labels)
    scores = reader.category_scores(classifier.predict_proba(split.texts))
    belongs = np.stack([gold(split, c, classifier.labels) for c in policy.categories], axis=1)
    if options.fit:
        write({
            category.name: fit(scores[:, column], belongs[:, column], category)
            for column, category in enumerate(policy.categories)
        })  # fmt: skip
        policy = Policy.read(DEFAULT_POLICY)
    print(f"GoEmotions {options.split}, {len(split):,} texts, of which carry an emotion of")
    for column, category in enumerate(policy.categories):
        print(f"  {category.name}: {belongs[:, column].sum():,}")
    print_table(policy, scores, belongs)


if __name__ == "__main__":
    main()
