"""The final table: student seeds and the plain model on test, and the teachers on dev, in one run.

    python benchmarks/accuracy.py --data goemotions/ --xed xed-en-annotated.tsv \
      --student runs/student-0/model --student runs/student-1/model --student runs/student-2/model \
      --plain runs/plain/model --teacher-outputs teachers/committee.safetensors \
      --out accuracy.json --plots docs/images

The first student is the one in the package. Teachers have spoken about the training
and dev texts only, so the student is compared with them on dev: a calibration and thresholds that
were fitted there flatter both alike.
"""

import argparse
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

import emoticare
from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.identity import FURTHER_GROUPS, GROUPS
from emoticare.data.source import load_dataset_from
from emoticare.data.xed import read_xed
from emoticare.evaluation.bootstrap import Interval, bootstrap_intervals, paired_bootstrap
from emoticare.evaluation.gold import EVERYDAY, REDDIT, in_domain
from emoticare.evaluation.metrics import (
    expected_calibration_error,
    mean_of_defined,
    per_label_calibration_error,
)
from emoticare.evaluation.out_of_domain import compare_out_of_domain, evaluate_out_of_domain
from emoticare.evaluation.robustness.identity import evaluate_identity, read_groups
from emoticare.labels import LABELS
from emoticare.model.files import write_file, write_json
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.training.fitting.calibration import fit_calibration
from emoticare.training.fitting.thresholds import fit_thresholds
from emoticare.training.teacher_outputs import load_teacher_outputs, mean_outputs

RARE = ("grief", "pride", "relief", "nervousness", "embarrassment")
# Macro-F1 as published, with thresholds not fitted on the test split; see docs/accuracy.md.
PUBLISHED = {
    "EmotiCare, original (67M)": 0.4019,
    "BERT-base, GoEmotions paper (110M)": 0.46,
    "MiniLMv2, minuva (30M)": 0.487,
    "Gemma-3-12B LoRA (12B)": 0.496,
    "RoBERTa-base, SamLowe (125M)": 0.505,
    "DistilBERT, best found (66M)": 0.518,
    "lettuce-thymos (26.5M)": 0.527,
    "BERT-base, focal (110M)": 0.532,
    "ModernBERT-base (149M)": 0.535,
    "RoBERTa-large, focal (355M)": 0.537,
    "ModernBERT-large (395M)": 0.542,
}


@dataclass(frozen=True, eq=False)
class Scored:
    """A model on the test split: probabilities (n_texts, n_labels) and thresholds (n_labels,)."""

    name: str
    probabilities: FloatArray
    thresholds: FloatArray


def main() -> None:
    options = parse_options()
    dataset = load_dataset_from(options.data)
    test, xed = dataset.test, read_xed(options.xed)
    students = [in_domain(emoticare.load(folder), REDDIT) for folder in options.student]
    plain = emoticare.load(options.plain) if options.plain else None
    scored = [
        score(f"student {i}", student, test)
        for i, student in enumerate(track(students, "Scoring", console=Console(stderr=True)))
    ]
    if plain:
        scored.append(score("plain", plain, test))
    known = [dataset.train, dataset.validation, test]
    # Without the plain model its figures stay those that were measured last.
    record: dict[str, object] = {
        "models": {
            **({} if plain else json.loads(options.out.read_text(encoding="utf-8"))["models"]),
            **{one.name: figures(one, test) for one in scored},
        }
    }
    record["student_seeds"] = over_seeds(record["models"], len(students))
    record["rare_labels"] = rare_labels(scored[0], test)
    record["differences"] = {
        f"student 0 - {other.name}": as_json(difference(other, scored[0], test))
        for other in scored[len(students) :]
    }
    if options.teacher_outputs:
        record["on_dev"] = beside_teachers(options.teacher_outputs, students[0], dataset.validation)
    readers = [in_domain(student, EVERYDAY) for student in students]
    record["xed_students"] = [
        evaluate_out_of_domain(reader, xed, known).to_json() for reader in readers
    ]
    if plain:
        record["xed_difference"] = compare_out_of_domain(plain, readers[0], xed, known)
    record["identity"] = identity_gaps(students[0])
    write_json(options.out, record)
    if options.plots:
        draw(record["models"], options.plots / "rivals.png")
    print(options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for name in ("data", "xed", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--plain", type=Path, help="A model trained on labels alone, to compare.")
    parser.add_argument("--student", type=Path, action="append", required=True)
    parser.add_argument("--teacher-outputs", type=Path)
    parser.add_argument("--plots", type=Path)
    return parser.parse_args()


def score(name: str, classifier: EmotionClassifier, test: Split) -> Scored:
    own = resolve_threshold(None, classifier.labels, classifier.artifact.config.thresholds)
    return Scored(name, classifier.predict_proba(test.texts), own)


def beside_teachers(file: Path, student: EmotionClassifier, dev: Split) -> dict[str, object]:
    """Return the figures of the calibrated mean of the teachers, and of the student, on dev."""
    outputs = mean_outputs([load_teacher_outputs(file)], dev.texts).logits_for(dev.texts)
    calibration = fit_calibration(outputs, dev.multi_hot)
    probabilities = sigmoid(calibration.apply(outputs).astype(np.float32))
    thresholds = fit_thresholds(probabilities, dev.multi_hot, student.labels)
    own = resolve_threshold(None, student.labels, thresholds)
    teachers, pupil = Scored("teachers", probabilities, own), score("student 0", student, dev)
    return {
        "teachers": figures(teachers, dev),
        "student 0": figures(pupil, dev),
        "student 0 - teachers": as_json(difference(teachers, pupil, dev)),
    }


def identity_gaps(student: EmotionClassifier) -> dict[str, float]:
    """Return the gaps over all groups, and over those that no training sentence named."""
    groups = read_groups()
    named = {group.lower() for group in (*GROUPS, *FURTHER_GROUPS)}
    unnamed = [group for group in groups if group.group.lower() not in named]
    gaps = {}
    for name, chosen in (("all", groups), ("unnamed", unnamed)):
        found = evaluate_identity(student, chosen)
        gaps |= {
            f"n_{name}": len(chosen),
            f"gap_person_{name}": found.person.gap,
            f"gap_{name}": found.largest.gap,
        }
    return gaps


def figures(scored: Scored, test: Split) -> dict[str, object]:
    intervals = bootstrap_intervals(test.multi_hot, scored.probabilities, scored.thresholds)
    calibration = per_label_calibration_error(test.multi_hot, scored.probabilities)
    return {
        **as_json(intervals.metrics),
        "expected_calibration_error": expected_calibration_error(
            test.multi_hot, scored.probabilities
        ),
        "mean_label_calibration_error": mean_of_defined(calibration),
    }


def over_seeds(models: dict[str, dict[str, float]], n_students: int) -> dict[str, dict[str, float]]:
    students = [models[f"student {i}"] for i in range(n_students)]
    return {
        name: {
            "mean": float(np.mean([student[name] for student in students])),
            "min": min(student[name] for student in students),
            "max": max(student[name] for student in students),
        }
        for name in ("macro_f1", "micro_f1", "mean_average_precision", "bce_loss")
    }


def rare_labels(scored: Scored, test: Split) -> dict[str, float]:
    intervals = bootstrap_intervals(test.multi_hot, scored.probabilities, scored.thresholds)
    return as_json({name: intervals.label_f1[LABELS.index(name)] for name in RARE})


def difference(a: Scored, b: Scored, test: Split) -> dict[str, Interval]:
    return paired_bootstrap(
        test.multi_hot, a.probabilities, b.probabilities, a.thresholds, b.thresholds
    )


def as_json(intervals: dict[str, Interval]) -> dict[str, float]:
    record = {}
    for name, interval in intervals.items():
        record |= {
            name: interval.value,
            f"{name}_ci_low": interval.low,
            f"{name}_ci_high": interval.high,
        }
    return record


def draw(models: dict[str, dict[str, float]], path: Path) -> None:
    """Draw our macro-F1 with intervals among the published figures."""
    ours = {
        "EmotiCare (int8)": models["student 0"],
        "EmotiCare without teachers (int8)": models["plain"],
    }
    rows = [(name, value, None) for name, value in PUBLISHED.items()]
    rows += [(name, row["macro_f1"], row) for name, row in ours.items()]
    rows.sort(key=lambda row: row[1])
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for y, (_, value, row) in enumerate(rows):
        colour = "#0072B2" if row else "#767676"
        if row:
            axes.plot([row["macro_f1_ci_low"], row["macro_f1_ci_high"]], [y, y], color=colour)
        axes.plot(value, y, "o", color=colour)
        axes.annotate(f"{value:.3f}", (value, y), (0, 5), textcoords="offset points", fontsize=7)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    label = "macro-F1 on GoEmotions' test split (ours with 95% intervals)"
    axes.set_xlabel(label, fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#E4E4E4")
    axes.spines[["top", "right"]].set_visible(False)
    content = io.BytesIO()
    figure.savefig(content, dpi=200, format="png")
    write_file(path, content.getvalue())


if __name__ == "__main__":
    main()
