import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.data.xed import XED_EMOTIONS, read_xed
from emoticare.evaluation.bootstrap import bootstrap_mean_auroc, paired_bootstrap_mean_auroc
from emoticare.evaluation.out_of_domain import evaluate_out_of_domain

SHARED = ("anger", "disgust", "fear", "joy", "sadness", "surprise")


def test_mean_auroc_is_sklearns_with_ties_and_its_interval_holds_it() -> None:
    random = np.random.default_rng(0)
    y_true = random.random((300, 4)) < 0.3
    probabilities = np.round(np.clip(random.random((300, 4)) * 0.7 + 0.3 * y_true, 0, 1), 1)
    found = bootstrap_mean_auroc(y_true, probabilities, n_bootstrap=300)
    assert found.value == pytest.approx(roc_auc_score(y_true, probabilities, average="macro"))
    assert found.low < found.value < found.high
    assert found == bootstrap_mean_auroc(y_true, probabilities, n_bootstrap=300)


def test_a_paired_difference_is_surer_than_the_models_themselves() -> None:
    random = np.random.default_rng(1)
    y_true = random.random((300, 3)) < 0.3
    a = np.clip(random.random((300, 3)) * 0.7 + 0.3 * y_true, 0, 1)
    b = np.clip(a + 0.1 * y_true, 0, 1)
    found = paired_bootstrap_mean_auroc(y_true, a, b, n_bootstrap=300)
    of_a, of_b = (bootstrap_mean_auroc(y_true, model, n_bootstrap=300) for model in (a, b))
    assert found.value == pytest.approx(of_b.value - of_a.value)
    assert 0 < found.low < found.value < found.high
    assert found.high - found.low < of_a.high - of_a.low
    same = paired_bootstrap_mean_auroc(y_true, a, a, n_bootstrap=50)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_figures_of_the_embedded_model(embedded: EmotionClassifier, tmp_path: Path) -> None:
    rows = [
        ("I am so happy today, this is wonderful!", "5"),
        ("I hate you, you make me furious.", "1"),
        ("That is revolting, it makes me sick.", "3"),
        ("I am terrified of the dark.", "4"),
        ("I cried all night after the funeral.", "6"),
        ("Wow, I never expected that!", "7"),
        ("We will see each other on Monday.", "8"),
    ]
    path = tmp_path / "xed.tsv"
    path.write_text("".join(f"{text}\t{ids}\n" for text, ids in rows), encoding="utf-8")
    short = Split(
        "train",
        ["Wow", "we will see each other, on monday"],
        np.zeros((2, 28), np.bool_),
        ["a", "b"],
    )
    found = evaluate_out_of_domain(embedded, read_xed(path), [short])
    assert (found.n_texts, found.n_dropped) == (6, 1)
    assert tuple(found.auroc) == SHARED
    assert found.auroc["joy"] == found.auroc["fear"] == 1.0
    record = found.to_json()
    assert record["xed_mean_auroc"] == pytest.approx(np.mean(list(found.auroc.values())))
    json.dumps(record)


def test_the_shared_emotions_are_in_the_order_of_xed() -> None:
    assert [emotion for emotion in XED_EMOTIONS if emotion in SHARED] == list(SHARED)
