"""Measures a moderation policy on texts that were labelled for something near.

    python benchmarks/moderation.py --data goemotions/ --texts sources/ --split test

A category of emotions is measured against GoEmotions' labels: a text belongs to it if raters saw
one of its emotions. One of risks is measured on the everyday corpus: a text belongs to it if it was
written, or found, as one of despair, threat or abuse. Both are proxies, and no judgement about
rules. The scores that lead to actions are fitted when a model is packaged. Prints the tables of
docs/moderation.md.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

import emoticare
from emoticare.data.everyday import RISK_OF_KIND, EverydayTexts, read_everyday
from emoticare.data.goemotions import read_split
from emoticare.meaning.moderation import Category, Policy, PolicyEvaluator
from emoticare.stages.probabilities import sigmoid
from emoticare.training.fitting.groups import carries_group
from emoticare.training.fitting.policy import precision_recall

CORPUS: Final = Path(__file__).parents[1] / "corpora" / "everyday"
N_BOOTSTRAP: Final = 1000
LOOK_ALIKE: Final = "lookalike"


def intervals(hit: np.ndarray, belongs: np.ndarray) -> list[str]:
    """Precision and recall with bootstrap percentiles 2.5 and 97.5, in words."""
    generator = np.random.default_rng(0)
    drawn = (generator.integers(0, len(hit), len(hit)) for _ in range(N_BOOTSTRAP))
    figures = [precision_recall(hit[rows], belongs[rows]) for rows in drawn]
    low, high = np.percentile(figures, [2.5, 97.5], axis=0)
    return [_words(*ends) for ends in zip(precision_recall(hit, belongs), low, high, strict=True)]


def share(hit: np.ndarray) -> str:
    """A share with its Wilson interval, which holds for few texts and for none, in words."""
    n, z = len(hit), 1.96
    middle = (hit.sum() + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(hit.sum() * (n - hit.sum()) / n + z * z / 4)
    return _words(hit.mean(), max(middle - half, 0.0), min(middle + half, 1.0))


def _words(value: float, low: float, high: float) -> str:
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def actions(category: Category) -> list[tuple[str, float]]:
    both = (("review", category.review), ("flag", category.flag))
    return [(action, at) for action, at in both if at is not None]


def print_emotions(categories: Sequence[Category], scores: np.ndarray, belongs: np.ndarray) -> None:
    print("| category | action | score from | texts | precision | recall |")
    print("|---|---|---|---|---|---|")
    for column, category in enumerate(categories):
        for action, threshold in actions(category):
            hit = scores[:, column] >= threshold
            figures = " | ".join(intervals(hit, belongs[:, column]))
            print(f"| {category.name} | {action} | {threshold} | {hit.sum():,} | {figures} |")


def print_risks(
    categories: Sequence[Category], scores: np.ndarray, everyday: EverydayTexts
) -> None:
    kinds = np.array(everyday.kinds)
    look_alike = np.isin(kinds, LOOK_ALIKE)
    others = ~look_alike & ~everyday.risks.any(axis=1)
    print(f"| category | action | score from | found of its texts | of the {look_alike.sum()} "
          f"look-alikes | of {others.sum():,} other texts |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for column, category in enumerate(categories):
        of_category = [kind for kind, risk in RISK_OF_KIND.items() if risk in category.risks]
        own = np.isin(kinds, of_category)
        for action, threshold in actions(category):
            hit = scores[:, column] >= threshold
            print(f"| {category.name} | {action} | {threshold} | {share(hit[own])} of {own.sum()} "
                  f"| {share(hit[look_alike])} | {share(hit[others])} |")  # fmt: skip
    for action in ("review", "flag"):
        at = np.array([dict(actions(category)).get(action, 2.0) for category in categories])
        hit = np.any(scores >= at, axis=1)
        risky = hit[~others & ~look_alike]
        print(f"| any of them | {action} | | {share(risky)} of {len(risky)} | "
              f"{share(hit[look_alike])} | {share(hit[others])} |")  # fmt: skip


def print_tone(categories: Sequence[Category], scores: np.ndarray, everyday: EverydayTexts) -> None:
    """What categories of emotions, which answer for others' attributes, reach of each kind."""
    kinds = np.array(everyday.kinds)
    masks = {kind: kinds == kind for kind in (*RISK_OF_KIND, LOOK_ALIKE)}
    masks["other"] = ~np.any([*masks.values()], axis=0)
    counted = " | ".join(f"of {mask.sum():,} {kind}" for kind, mask in masks.items())
    print(f"| category | action | score from | {counted} |")
    print(f"|---|---|---|{'---|' * len(masks)}")
    for column, category in enumerate(categories):
        for action, threshold in actions(category):
            shares = [share(scores[mask, column] >= threshold) for mask in masks.values()]
            print(f"| {category.name} | {action} | {threshold} | {' | '.join(shares)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--policy", type=Path)
    options = parser.parse_args()
    classifier = emoticare.load(options.model)
    config = classifier.artifact.config
    reader = PolicyEvaluator.for_model(
        config, Policy.read(options.policy) if options.policy else None
    )
    categories = reader.policy.categories

    def category_scores(texts: Sequence[str], chosen: Sequence[int]) -> np.ndarray:
        scores = reader.category_scores(sigmoid(classifier.predict_outputs(texts)))
        return np.asarray(scores)[:, chosen]

    of_emotions = [place for place, category in enumerate(categories) if not category.risks]
    split = read_split(options.data, options.split)
    named = {categories[place].name: categories[place].emotions for place in of_emotions}
    belongs = carries_group(split.multi_hot, classifier.labels, named)
    print(f"GoEmotions {options.split}, {len(split):,} texts, of which carry an emotion of")
    for column, name in enumerate(named):
        print(f"  {name}: {belongs[:, column].sum():,}")
    chosen = [categories[place] for place in of_emotions]
    print_emotions(chosen, category_scores(split.texts, of_emotions), belongs)

    everyday = read_everyday(CORPUS, options.split, classifier.labels, options.texts)
    print(f"\nEveryday corpus {options.split}, {len(everyday.texts):,} texts")
    of_risks = [place for place, category in enumerate(categories) if category.risks]
    scores = category_scores(everyday.texts, [*of_risks, *of_emotions])
    if of_risks:
        print_risks([categories[place] for place in of_risks], scores[:, : len(of_risks)], everyday)
    print("\nCategories of emotions, on the same texts")
    print_tone(chosen, scores[:, len(of_risks) :], everyday)


if __name__ == "__main__":
    main()
