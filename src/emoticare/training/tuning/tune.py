"""Tunes thresholds and calibration on a user's labelled texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.errors import DataError, UsageError
from emoticare.evaluation.bootstrap import Interval
from emoticare.model.artifact import ModelArtifact
from emoticare.model.overlay import Overlay
from emoticare.stages.decision import Thresholds, resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.training.fitting.calibration import Calibration, fit_calibration
from emoticare.training.fitting.guarantees import (
    Guarantee,
    guarantee_precision,
    guarantee_recall,
)
from emoticare.training.fitting.thresholds import fit_thresholds
from emoticare.training.tuning.objective import Objective
from emoticare.training.tuning.tuning_report import (
    LabelReport,
    LabelStatus,
    TuningReport,
    f1_change,
    interval_of,
    precision_of,
    recall_of,
)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_N_FOLDS = 5


@dataclass(frozen=True)
class Tuning:
    """What came of tuning.

    Attributes:
        overlay: For `emoticare.load` and every command.
        report: What it changes.
    """

    overlay: Overlay
    report: TuningReport


def tune(
    artifact: ModelArtifact,
    logits: FloatArray,
    y_true: Bools,
    objective: Objective,
    *,
    seed: int = 0,
    on_fold: Callable[[int], object] | None = None,
) -> Tuning:
    """Fit thresholds and calibration, and measure by cross-validation what they change.

    Args:
        artifact: The model, without an overlay.
        logits: Its calibrated logits of the user's texts, shape (n_texts, n_labels).
        y_true: Which labels the texts carry, bool of the same shape.
        objective: What to tune for.
        seed: Of the folds.
        on_fold: Called with 1 after each of the 6 fits.

    Raises:
        DataError: If no label has enough texts with and without it.
        UsageError: If the model already has an overlay.
    """
    if artifact.overlay:
        raise UsageError("Expected a model without an overlay to tune, found one with. Leave it.")
    labels = artifact.config.labels
    own = resolve_threshold(None, labels, artifact.config.thresholds)
    problem = _Problem(own, _tunable(y_true, labels, objective), objective, seed)
    fit = _fit(problem, logits, y_true)
    done = on_fold or (lambda _: None)
    done(1)
    held_out = _cross_validated(problem, logits, y_true, done)
    report = _report(problem, fit, y_true, held_out, labels)
    return Tuning(_overlay(artifact, fit, objective), report)


@dataclass(frozen=True, eq=False)
class _Problem:
    """What is to be fitted.

    Attributes:
        own: The model's own thresholds, float32 of shape (n_labels,).
        columns: The labels with enough texts.
        objective: What to tune for.
        seed: Of everything random.
    """

    own: FloatArray
    columns: Sequence[int]
    objective: Objective
    seed: int


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """Decisions on texts that were left out of the fit.

    Attributes:
        before: By the model's own thresholds, bool of shape (n_texts, n_labels).
        after: By the new ones, where the label was tuned without the text.
        is_tuned: Where it was.
        n_folds: In how many folds each label was tuned, shape (n_labels,).
    """

    before: Bools
    after: Bools
    is_tuned: Bools
    n_folds: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Fit:
    """Calibration and thresholds of one fit, of all labels.

    Attributes:
        calibration: What was fitted, of the labels with enough texts.
        is_raw: Whether the model as it is was better.
        scale: float32 of shape (n_labels,).
        offset: Likewise.
        thresholds: Likewise, on the new probabilities.
        shared: One threshold for all labels.
        is_tuned: Which labels were tuned.
        promises: What can be promised of the labels that could have been.
    """

    calibration: Calibration
    is_raw: bool
    scale: FloatArray
    offset: FloatArray
    thresholds: FloatArray
    shared: float
    is_tuned: Bools
    promises: dict[int, Guarantee]

    def probabilities(self, logits: FloatArray) -> FloatArray:
        return sigmoid(logits * self.scale + self.offset)


def _cross_validated(
    problem: _Problem, logits: FloatArray, y_true: Bools, done: Callable[[int], object]
) -> _HeldOut:
    before = sigmoid(logits) >= problem.own
    after, is_tuned = before.copy(), np.zeros_like(before)
    n_folds = np.zeros(len(problem.own), np.int64)
    fold_of = np.random.default_rng(problem.seed).permutation(len(logits)) % _N_FOLDS
    for fold in range(_N_FOLDS):
        is_out = fold_of == fold
        fit = _fit(problem, logits[~is_out], y_true[~is_out])
        decided = fit.probabilities(logits[is_out]) >= fit.thresholds
        after[is_out] = np.where(fit.is_tuned, decided, before[is_out])
        is_tuned[is_out] = fit.is_tuned
        n_folds += fit.is_tuned
        done(1)
    return _HeldOut(before, after, is_tuned, n_folds)


def _tunable(y_true: Bools, labels: Sequence[str], objective: Objective) -> list[int]:
    n_positive = y_true.sum(axis=0)
    fewest = np.minimum(n_positive, len(y_true) - n_positive)
    columns: list[int] = np.flatnonzero(fewest >= objective.needed).tolist()
    if not columns:
        best = int(fewest.argmax()) if len(y_true) else 0
        found = f"{fewest[best]} ({labels[best]})" if len(y_true) else "no texts"
        raise DataError(
            f"Expected at least {objective.needed} texts with a label, and as many without it, to "
            f"tune it for {objective}; found at most {found}. Label more texts"
            + (", or choose a lower number." if objective.target else ".")
        )
    return columns


def _fit(problem: _Problem, logits: FloatArray, y_true: Bools) -> _Fit:
    columns, own, objective = problem.columns, problem.own, problem.objective
    calibration = fit_calibration(logits[:, columns], y_true[:, columns], seed=problem.seed)
    losses = calibration.log_loss
    is_raw = losses["raw"] <= losses[calibration.method]
    scale, offset = np.ones_like(own), np.zeros_like(own)
    if not is_raw:
        scale[columns], offset[columns] = calibration.scale, calibration.offset
    # A label that is not tuned is decided as before, whatever its new probabilities.
    own_logits = np.log(own) - np.log1p(-own)
    thresholds = np.clip(sigmoid(own_logits * scale + offset), 0, 1)
    probabilities = np.asarray(sigmoid(logits * scale + offset), np.float64)
    is_tuned = np.zeros(len(own), np.bool_)
    promises: dict[int, Guarantee] = {}
    shared = float(np.median(thresholds[columns]))
    if objective.kind == "f1":
        names = [str(column) for column in columns]
        fitted = fit_thresholds(
            probabilities[:, columns], y_true[:, columns], names, seed=problem.seed
        )
        thresholds[columns] = [fitted.per_label[name] for name in names]
        is_tuned[columns] = True
        shared = fitted.shared
    else:
        promise = guarantee_precision if objective.kind == "precision" else guarantee_recall
        for column in columns:
            found = promise(probabilities[:, column], y_true[:, column], objective.target)
            promises[column] = found
            if found.threshold is not None:
                thresholds[column] = found.threshold
                is_tuned[column] = True
    return _Fit(calibration, is_raw, scale, offset, thresholds, shared, is_tuned, promises)


def _overlay(artifact: ModelArtifact, fit: _Fit, objective: Objective) -> Overlay:
    labels = artifact.config.labels

    def by_label(values: FloatArray) -> dict[str, float]:
        return dict(zip(labels, map(float, values), strict=True))

    return Overlay(
        Thresholds(fit.shared, by_label(fit.thresholds)),
        by_label(fit.scale),
        by_label(fit.offset),
        model=artifact.digest,
        objective=str(objective),
    )


def _report(
    problem: _Problem, fit: _Fit, y_true: Bools, held_out: _HeldOut, labels: Sequence[str]
) -> TuningReport:
    reports, draws = {}, []
    for column, label in enumerate(labels):
        change = None
        rows = held_out.is_tuned[:, column]
        if rows.any():
            change, drawn = f1_change(
                y_true[rows, column], held_out.before[rows, column], held_out.after[rows, column]
            )
            if fit.is_tuned[column]:
                draws.append((change.value, drawn))
        reports[label] = _label_report(problem, fit, y_true, held_out, column, change=change)
    macro = None
    if draws:
        values, drawn_changes = zip(*draws, strict=True)
        macro = interval_of(float(np.mean(values)), np.mean(drawn_changes, axis=0))
    return TuningReport(
        objective=str(problem.objective),
        n_texts=len(y_true),
        calibration="none" if fit.is_raw else fit.calibration.method,
        log_loss=fit.calibration.log_loss,
        macro_f1_change=macro,
        labels=reports,
    )


def _label_report(
    problem: _Problem,
    fit: _Fit,
    y_true: Bools,
    held_out: _HeldOut,
    column: int,
    *,
    change: Interval | None,
) -> LabelReport:
    gold, before = y_true[:, column], held_out.before[:, column]
    rows = held_out.is_tuned[:, column]
    after = held_out.after[rows, column]
    promise = fit.promises.get(column)
    status = LabelStatus.TUNED
    if not fit.is_tuned[column]:
        status = LabelStatus.NOT_REACHABLE if promise else LabelStatus.TOO_FEW
    return LabelReport(
        status=status,
        n_positive=int(gold.sum()),
        needed=problem.objective.needed,
        promise=promise.bound if promise else None,
        n_folds=int(held_out.n_folds[column]),
        threshold_before=float(problem.own[column]),
        threshold_after=float(fit.thresholds[column]),
        precision_before=precision_of(gold, before),
        precision_after=precision_of(gold[rows], after),
        recall_before=recall_of(gold, before),
        recall_after=recall_of(gold[rows], after),
        f1_before=2 * int((gold & before).sum()) / max(int(gold.sum() + before.sum()), 1),
        f1_change=change,
    )
