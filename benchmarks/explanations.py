"""Is an explanation faithful, and what does it cost? The figures of docs/explain.md.

    python benchmarks/explanations.py faithfulness --data goemotions/ --plot faithfulness.png
    python benchmarks/explanations.py latency

Faithfulness: the words of dev texts are taken away, the one that speaks most for the predicted
emotion first, and the mean of its probability along the way says how soon it falls (deletion, lower
is better); or they are added to nothing in the same order (insertion, higher is better). The order
is that of occlusion, of integrated gradients, or random.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from integrated_gradients import IntegratedGradients

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.meaning.explanation import Occlusion
from emoticare.meaning.explanation.occlusion import token_starts
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.tokens import TokenizedText

SEED = 0
N_STEPS = 10
N_RANDOM = 5
WORDS = range(8, 41)
N_BOOTSTRAP = 2000
SENTENCE = (
    "I was so nervous about the exam all week, but my friends helped me and in the end it "
    "went really well, thank you all!"
)


class Perturbed:
    """A text with some of its words left."""

    def __init__(self, clf: emoticare.EmotionClassifier, text: str, mask: int | None) -> None:
        self.occlusion = Occlusion.of(clf.tokenize, clf.tokenizer.offsets, text)
        self.ids = np.array(self.occlusion.copies[0].input_ids)
        starts = token_starts(clf.tokenizer.offsets, text, self.occlusion.copies[0])
        words = self.occlusion.words
        self.owner = np.array(
            [
                next(
                    (
                        i
                        for i, word in enumerate(words)
                        if start is not None and word.start <= start < word.end
                    ),
                    -1,
                )
                for start in starts
            ]
        )
        self.mask = mask

    def without(self, words: np.ndarray) -> TokenizedText:
        is_out = np.isin(self.owner, words)
        ids = self.ids[~is_out] if self.mask is None else np.where(is_out, self.mask, self.ids)
        return TokenizedText(ids.tolist(), truncated=False)

    def curves(self, order: np.ndarray) -> list[TokenizedText]:
        counts = [round(step * len(order) / N_STEPS) for step in range(N_STEPS + 1)]
        return [self.without(order[:n]) for n in counts] + [
            self.without(order[n:]) for n in reversed(counts)
        ]


def faithfulness(data: Path, n_texts: int, plot: Path | None) -> None:
    clf, rng = emoticare.load(), np.random.default_rng(SEED)
    gradients = IntegratedGradients(clf)
    mask_id = clf.tokenize(["[MASK]"])[0].input_ids[1]
    texts = read_split(data, "validation").texts
    curves: dict[tuple[str, str], list[np.ndarray]] = {}
    n_done = 0
    for i in rng.permutation(len(texts)):
        if n_done == n_texts:
            break
        explanation = clf.explain(texts[i])
        labels = [label for label in explanation.prediction.labels if label != "neutral"]
        if not labels or len(explanation.words) not in WORDS:
            continue
        n_done += 1
        column = clf.labels.index(labels[0])
        effects = {
            "occlusion": np.array([word.effects[labels[0]] for word in explanation.words]),
            "integrated gradients": gradients.effects(texts[i], labels[0]),
            **{f"random {k}": rng.random(len(explanation.words)) for k in range(N_RANDOM)},
        }
        for kind, mask in (("removed", None), ("masked", mask_id)):
            perturbed = Perturbed(clf, texts[i], mask)
            copies = [
                copy
                for values in effects.values()
                for copy in perturbed.curves(np.argsort(-values, kind="stable"))
            ]
            found = sigmoid(clf.logits(copies))[:, column].reshape(len(effects), 2, N_STEPS + 1)
            for name, some in zip(("occlusion", "integrated gradients"), found[:2], strict=True):
                curves.setdefault((kind, name), []).append(some)
            curves.setdefault((kind, "random"), []).append(found[2:].mean(0))
    report(curves, n_done, rng)
    if plot:
        draw(curves, plot)


def report(
    curves: dict[tuple[str, str], list[np.ndarray]], n_texts: int, rng: np.random.Generator
) -> None:
    print(f"{n_texts} dev texts; means with 95% bootstrap intervals over texts\n")
    print(
        "| words | order | deletion (low is good) | insertion (high is good) "
        "| deletion below random | insertion above random |"
    )
    print("|---|---|---|---|---|---|")
    draws = rng.integers(0, n_texts, (N_BOOTSTRAP, n_texts))
    for (kind, name), found in curves.items():
        areas, base = (np.array(x).mean(2) for x in (found, curves[kind, "random"]))
        cells = [interval(areas[:, 0], draws), interval(areas[:, 1], draws)]
        if name != "random":
            cells += [
                interval(base[:, 0] - areas[:, 0], draws),
                interval(areas[:, 1] - base[:, 1], draws),
            ]
        else:
            cells += ["–", "–"]
        print(f"| {kind} | {name} | {' | '.join(cells)} |")


def interval(values: np.ndarray, draws: np.ndarray) -> str:
    low, high = np.quantile(values[draws].mean(1), (0.025, 0.975))
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def draw(curves: dict[tuple[str, str], list[np.ndarray]], plot: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    styles = {
        "occlusion": ("#5b3fd6", "-"),
        "integrated gradients": ("#0b7a5c", "--"),
        "random": ("#6a6573", ":"),
    }
    taken = np.linspace(0, 100, N_STEPS + 1)
    # The second curve takes the weakest words first: read backwards, it adds the strongest first.
    sides = (("words taken away", taken), ("words added", 100 - taken))
    for side, (axis, (title, share)) in enumerate(zip(axes, sides, strict=True)):
        for name, (colour, line) in styles.items():
            mean = np.array(curves["removed", name]).mean(0)[side]
            axis.plot(share, mean, line, color=colour, label=name, linewidth=2)
        axis.set_xlabel(f"{title}, % (strongest first)")
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_ylim(0, 1)
    axes[0].set_ylabel("probability of the emotion")
    axes[0].legend(frameon=False)
    plot.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(plot, dpi=150)


def latency(n_rounds: int) -> None:
    clf = emoticare.load()
    clf.explain(SENTENCE)
    ratios, singles, explained = [], [], []
    for _ in range(n_rounds):
        # Side by side, so that whatever else the machine does hits both.
        start = time.perf_counter()
        for _ in range(10):
            clf(SENTENCE)
        middle = time.perf_counter()
        clf.explain(SENTENCE)
        end = time.perf_counter()
        singles.append((middle - start) / 10)
        explained.append(end - middle)
        ratios.append(explained[-1] / singles[-1])
    print(
        f"{len(SENTENCE.split())} words, {len(clf.explain(SENTENCE).words)} of them tried, "
        f"{clf(SENTENCE).n_tokens} tokens"
    )
    print(
        f"one prediction {1000 * statistics.median(singles):.2f} ms, "
        f"explanation {1000 * statistics.median(explained):.2f} ms"
    )
    low, _, high = statistics.quantiles(ratios, n=4)
    print(f"ratio: median {statistics.median(ratios):.1f}, quartiles {low:.1f} to {high:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    faithful = commands.add_parser("faithfulness")
    faithful.add_argument("--data", type=Path, required=True)
    faithful.add_argument("--texts", type=int, default=300)
    faithful.add_argument("--plot", type=Path)
    commands.add_parser("latency").add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    if options.command == "latency":
        latency(options.rounds)
    else:
        faithfulness(options.data, options.texts, options.plot)


if __name__ == "__main__":
    main()
