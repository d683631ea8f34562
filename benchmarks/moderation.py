"""Measures a moderation policy against unions of GoEmotions' labels.

    python benchmarks/moderation.py --data goemotions/ --split test

A text belongs to a category if it carries one of the category's emotions: a proxy, and no judgement
about rules. The scores that lead to actions are fitted when a model is packaged. Prints the table
of docs/moderation.md.
"""

import argparse
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.meaning.moderation import Policy, PolicyEvaluator
from emoticare.training.fitting.groups import carries_group
from emoticare.training.fitting.policy import precision_recall

N_BOOTSTRAP = 1000


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
    options = parser.parse_args()
    classifier = emoticare.load(options.model)
    config = classifier.artifact.config
    reader = PolicyEvaluator.for_model(
        config, Policy.read(options.policy) if options.policy else None
    )
    policy = reader.policy
    split = read_split(options.data, options.split)
    scores = reader.category_scores(classifier.predict_proba(split.texts))
    emotions = {category.name: category.emotions for category in policy.categories}
    belongs = carries_group(split.multi_hot, classifier.labels, emotions)
    print(f"GoEmotions {options.split}, {len(split):,} texts, of which carry an emotion of")
    for column, category in enumerate(policy.categories):
        print(f"  {category.name}: {belongs[:, column].sum():,}")
    print_table(policy, scores, belongs)


if __name__ == "__main__":
    main()
