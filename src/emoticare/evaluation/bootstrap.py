"""How far a figure would move on another sample of texts: percentile bootstrap over texts.

A replicate is a vector of weights: how often each text was drawn. Every metric here can be computed
from weights, so thousands of replicates are a few array operations and no text is copied.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emoticare.errors import UsageError
from emoticare.evaluation.metrics import (
    Array,
    Floats,
    Ints,
    bce_losses,
    check_probabilities,
    f1_from_counts,
)

METRICS: Final = ("macro_f1", "micro_f1", "mean_average_precision", "bce_loss")
"""The metrics that get intervals; all but the last are better when higher."""

COVERAGE: Final = 0.95
"""Nominal coverage of every interval."""

_BLOCK: Final = 128
"""Replicates computed together: 5,427 texts take 6 MB."""


@dataclass(frozen=True)
class Interval:
    """A figure on the texts as they are, and its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def to_json(self, name: str) -> dict[str, float | None]:
        """Give a flat record fit for JSON: the figure by its name, `…_ci_low` and `…_ci_high`.

        What is not a number is None.
        """
        ends = {"": self.value, "_ci_low": self.low, "_ci_high": self.high}
        return {name + end: None if np.isnan(value) else value for end, value in ends.items()}


@dataclass(frozen=True)
class BootstrapIntervals:
    """Intervals of one model's figures.

    Attributes:
        metrics: An interval for each name of `METRICS`.
        label_f1: An interval for each label's F1, in label order.
    """

    metrics: dict[str, Interval]
    label_f1: tuple[Interval, ...]


def bootstrap_intervals(
    y_true: Array,
    probabilities: Array,
    thresholds: Array,
    *,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> BootstrapIntervals:
    """Bootstrap one model's figures over texts.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels).
        probabilities: Probabilities of the same shape.
        thresholds: Thresholds of shape (n_labels,); a label is predicted from its threshold on.
        n_bootstrap: Number of replicates, at least 1.
        seed: Seed of the draws; the same seed gives the same intervals.

    Returns:
        95% percentile intervals. Mean average precision leaves out labels that have no positive,
        in each replicate anew.

    Raises:
        UsageError: The arrays do not fit together, or `n_bootstrap` is below 1.
    """
    model = _TextScores.of(y_true, probabilities, thresholds)
    (values,) = _observed([model])
    (replicates,) = _replicates([model], n_bootstrap, seed)
    label_f1 = zip(values.label_f1[:, 0], replicates.label_f1, strict=True)
    return BootstrapIntervals(
        metrics={
            name: _interval(values.metrics[name][0], replicates.metrics[name]) for name in METRICS
        },
        label_f1=tuple(_interval(value, draws) for value, draws in label_f1),
    )


def paired_bootstrap(
    y_true: Array,
    a: Array,
    b: Array,
    thresholds_a: Array,
    thresholds_b: Array,
    *,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Bootstrap the differences between two models on the same texts, b minus a.

    Both models are scored on the same draws, so what makes a draw hard for both cancels out.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels).
        a: Probabilities of the first model, of the same shape.
        b: Probabilities of the second model, of the same shape.
        thresholds_a: The first model's thresholds, of shape (n_labels,).
        thresholds_b: The second model's thresholds, of shape (n_labels,).
        n_bootstrap: Number of replicates, at least 1.
        seed: Seed of the draws.

    Returns:
        An interval of the difference b - a for each name of `METRICS`; one that holds 0 is a tie.

    Raises:
        UsageError: The arrays do not fit together, or `n_bootstrap` is below 1.
    """
    models = [_TextScores.of(y_true, a, thresholds_a), _TextScores.of(y_true, b, thresholds_b)]
    first, second = _observed(models)
    first_draws, second_draws = _replicates(models, n_bootstrap, seed)
    return {
        name: _interval(
            second.metrics[name][0] - first.metrics[name][0],
            second_draws.metrics[name] - first_draws.metrics[name],
        )
        for name in METRICS
    }


def bootstrap_mean_auroc(
    y_true: Array, probabilities: Array, *, n_bootstrap: int = 1000, seed: int = 0
) -> Interval:
    """Bootstrap the mean over labels of the area under the ROC curve.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), each label with and without positives.
        probabilities: Probabilities of the same shape.
        n_bootstrap: Number of replicates, at least 1.
        seed: Seed of the draws.

    Raises:
        UsageError: The arrays do not fit together, or `n_bootstrap` is below 1.
    """
    check_probabilities(y_true, probabilities)
    value, draws = _mean_auroc(y_true, probabilities, n_bootstrap, seed)
    return _interval(value, draws)


def bootstrap_ratio(
    numerators: Array, denominators: Array, *, n_bootstrap: int = 1000, seed: int = 0
) -> Interval:
    """Bootstrap the ratio of two sums over texts, such as a share, precision or F1.

    Args:
        numerators: What each text adds above the line, of shape (n_texts,).
        denominators: What it adds below, of the same shape.
        n_bootstrap: Number of replicates, at least 1.
        seed: Seed of the draws.

    Returns:
        The ratio with its 95% percentile interval; nan where nothing is below the line.

    Raises:
        UsageError: `n_bootstrap` is below 1.
    """
    _check_count(n_bootstrap)
    sums = np.stack([numerators, denominators]).astype(np.float64)

    def under(weights: Floats) -> Floats:
        above, below = sums @ weights
        ratios: Floats = np.full_like(above, np.nan)
        np.divide(above, below, out=ratios, where=below > 0)
        return ratios

    (value,) = under(np.ones((sums.shape[1], 1)))
    draws = [under(weights) for weights in _draw_weights(sums.shape[1], n_bootstrap, seed)]
    return _interval(value, np.concatenate(draws))


def paired_bootstrap_mean_auroc(
    y_true: Array, a: Array, b: Array, *, n_bootstrap: int = 1000, seed: int = 0
) -> Interval:
    """Bootstrap the difference between two models' mean AUROC on the same texts, b minus a.

    Args:
        y_true: Gold labels of shape (n_texts, n_labels), each label with and without positives.
        a: Probabilities of the first model, of the same shape.
        b: Probabilities of the second model, of the same shape.
        n_bootstrap: Number of replicates, at least 1.
        seed: Seed of the draws.

    Raises:
        UsageError: The arrays do not fit together, or `n_bootstrap` is below 1.
    """
    check_probabilities(y_true, a)
    check_probabilities(y_true, b)
    first, first_draws = _mean_auroc(y_true, a, n_bootstrap, seed)
    second, second_draws = _mean_auroc(y_true, b, n_bootstrap, seed)
    return _interval(second - first, second_draws - first_draws)


def _mean_auroc(
    y_true: Array, probabilities: Array, n_bootstrap: int, seed: int
) -> tuple[float, Floats]:
    """Return the mean over labels on the texts themselves, and in each replicate."""
    _check_count(n_bootstrap)

    def under(weights: Floats) -> Floats:
        columns = zip(y_true.T, probabilities.T, strict=True)
        return np.asarray(np.mean([_weighted_auroc(*c, weights) for c in columns], axis=0))

    (value,) = under(np.ones((len(y_true), 1)))
    draws = map(under, _draw_weights(len(y_true), n_bootstrap, seed))
    return float(value), np.concatenate(list(draws))


def _weighted_auroc(gold: Array, probabilities: Array, weights: Floats) -> Floats:
    """Return how often a positive outranks a negative, shape (r,), under weights (n_texts, r).

    A tie counts one half.
    """
    order = np.argsort(probabilities, kind="stable")
    starts = np.flatnonzero(np.diff(probabilities[order], prepend=-1.0))
    of_positives = weights[order] * gold[order][:, None]
    positives = np.add.reduceat(of_positives, starts, axis=0)
    negatives = np.add.reduceat(weights[order] - of_positives, starts, axis=0)
    below = np.cumsum(negatives, axis=0) - negatives / 2
    pairs = positives.sum(axis=0) * negatives.sum(axis=0)
    shares: Floats = np.full_like(pairs, np.nan)
    np.divide((positives * below).sum(axis=0), pairs, out=shares, where=pairs > 0)
    return shares


@dataclass(frozen=True)
class _Replicates:
    """Figures of r replicates: each metric of shape (r,), the labels' F1 of shape (n_labels, r)."""

    metrics: dict[str, Floats]
    label_f1: Floats


@dataclass(frozen=True)
class _RankedLabel:
    """One label's texts from the highest probability down, cut where precision is read.

    Precision matters only where a run of equal probabilities with a positive in it ends; the texts
    between two such places are summed as one segment.

    Attributes:
        order: Text numbers, down to the last such place.
        starts: Where in `order` each segment starts, of shape (n_segments,).
        positives: Text numbers of the positives, in the same order.
        positive_starts: Where in `positives` each segment's positives start.
    """

    order: Ints
    starts: Ints
    positives: Ints
    positive_starts: Ints

    @classmethod
    def of(cls, gold: Array, probabilities: Array) -> "_RankedLabel":
        order = np.argsort(-probabilities, kind="stable")
        ranked = probabilities[order]
        run_ends = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
        positive_ranks = np.flatnonzero(gold[order])
        ends = run_ends[np.searchsorted(run_ends, positive_ranks)]
        ends, positive_starts = np.unique(ends, return_index=True)
        return cls(
            order=order[: ends[-1] + 1],
            starts=np.append(0, ends[:-1] + 1),
            positives=order[positive_ranks],
            positive_starts=positive_starts,
        )

    def average_precision(self, weights: Floats) -> Floats:
        """Weighted average precision of shape (r,); nan where no positive was drawn."""
        drawn = np.cumsum(np.add.reduceat(weights[self.order], self.starts, axis=0), axis=0)
        gains = np.add.reduceat(weights[self.positives], self.positive_starts, axis=0)
        hits = np.cumsum(gains, axis=0)
        precision = np.divide(hits, drawn, out=np.zeros_like(hits), where=drawn > 0)
        values: Floats = np.full_like(hits[-1], np.nan)
        np.divide((gains * precision).sum(axis=0), hits[-1], out=values, where=hits[-1] > 0)
        return values


@dataclass(frozen=True)
class _TextScores:
    """What each text adds to one model's figures.

    Attributes:
        counts: True positives, false positives and false negatives, of shape (n_texts, 3 n_labels).
        losses: Binary cross-entropy of shape (n_texts,).
        ranked: The labels that have positives.
    """

    counts: Floats
    losses: Floats
    ranked: tuple[_RankedLabel, ...]

    @classmethod
    def of(cls, y_true: Array, probabilities: Array, thresholds: Array) -> "_TextScores":
        check_probabilities(y_true, probabilities)
        gold, predicted = y_true.astype(bool), probabilities >= thresholds
        counts = np.concatenate([gold & predicted, ~gold & predicted, gold & ~predicted], axis=1)
        return cls(
            counts=counts.astype(np.float64),
            losses=bce_losses(y_true, probabilities),
            ranked=tuple(
                _RankedLabel.of(gold[:, i], probabilities[:, i])
                for i in np.flatnonzero(gold.any(axis=0))
            ),
        )

    def under(self, weights: Floats) -> _Replicates:
        """Return the figures under weights of shape (n_texts, r), a column for each replicate."""
        hits, alarms, misses = np.split(self.counts.T @ weights, 3)
        label_f1 = f1_from_counts(hits, alarms, misses)
        micro_f1 = f1_from_counts(hits.sum(axis=0), alarms.sum(axis=0), misses.sum(axis=0))
        return _Replicates(
            metrics={
                "macro_f1": label_f1.mean(axis=0),
                "micro_f1": micro_f1,
                "mean_average_precision": self._mean_average_precision(weights),
                "bce_loss": self.losses @ weights / len(self.losses),
            },
            label_f1=label_f1,
        )

    def _mean_average_precision(self, weights: Floats) -> Floats:
        total, n_defined = np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
        for label in self.ranked:
            values = label.average_precision(weights)
            n_defined += ~np.isnan(values)
            total += np.nan_to_num(values)
        means = np.full_like(total, np.nan)
        np.divide(total, n_defined, out=means, where=n_defined > 0)
        return means


def _observed(models: Sequence[_TextScores]) -> list[_Replicates]:
    return [model.under(np.ones((len(model.losses), 1))) for model in models]


def _replicates(models: Sequence[_TextScores], n_bootstrap: int, seed: int) -> list[_Replicates]:
    _check_count(n_bootstrap)
    blocks = [
        [model.under(weights) for model in models]
        for weights in _draw_weights(len(models[0].losses), n_bootstrap, seed)
    ]
    return [_joined(of_model) for of_model in zip(*blocks, strict=True)]


def _check_count(n_bootstrap: int) -> None:
    if n_bootstrap < 1:
        raise UsageError(f"Expected at least 1 bootstrap replicate, found {n_bootstrap}.")


def _draw_weights(n_texts: int, n_bootstrap: int, seed: int) -> Iterator[Floats]:
    """Yield arrays of shape (n_texts, r): how often each text was drawn in each replicate."""
    generator = np.random.default_rng(seed)
    for start in range(0, n_bootstrap, _BLOCK):
        width = min(_BLOCK, n_bootstrap - start)
        cells = generator.integers(n_texts, size=(n_texts, width)) * width + np.arange(width)
        times = np.bincount(cells.ravel(), minlength=n_texts * width)
        yield times.reshape(n_texts, width).astype(np.float64)


def _joined(blocks: Sequence[_Replicates]) -> _Replicates:
    return _Replicates(
        metrics={
            name: np.concatenate([block.metrics[name] for block in blocks]) for name in METRICS
        },
        label_f1=np.concatenate([block.label_f1 for block in blocks], axis=1),
    )


def _interval(value: float, draws: Floats) -> Interval:
    defined = draws[~np.isnan(draws)]
    if not defined.size:
        return Interval(float(value), float("nan"), float("nan"))
    tail = (1.0 - COVERAGE) / 2
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return Interval(float(value), float(low), float(high))
