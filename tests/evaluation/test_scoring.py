import dataclasses
import json

import numpy as np
import pytest

from emoticare.classifier import load
from emoticare.data.dataset import Split
from emoticare.data.tabular import TableOptions
from emoticare.errors import UsageError
from emoticare.evaluation.gold import load_gold, training_seed
from emoticare.evaluation.scoring import check_labels, score_split
from emoticare.labels import LABELS
from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

TEXTS = ["Thank you so much!", "This makes me so angry.", "Ok", "I am so sad 😢"]
GOLD = ["gratitude", "anger", "neutral", "sadness"]


def _split(name: str, n_texts: int = len(TEXTS)) -> Split:
    multi_hot = np.array([[label == gold for label in LABELS] for gold in GOLD])
    ids = [str(i) for i in range(n_texts)]
    return Split(name, TEXTS[:n_texts], multi_hot[:n_texts], ids)


@pytest.fixture(scope="module")
def classifier():
    return load()


def test_a_split_is_scored_as_the_model_predicts(classifier):
    counts: list[int] = []
    scored = score_split(classifier, LABELS, _split("test"), on_progress=counts.append)
    assert counts == [1] * len(TEXTS)
    assert np.array_equal(scored.probabilities, classifier.predict_proba(TEXTS))
    assert scored.report.figures["n_texts"] == len(TEXTS)
    assert "n_texts_unseen" not in scored.report.figures


def test_the_record_is_fit_for_json_and_names_model_and_split(classifier):
    scored = score_split(classifier, LABELS, _split("test"))
    record = json.loads(json.dumps(scored.to_json(), allow_nan=False))
    assert record["model"] == classifier.artifact.digest
    assert record["split"] == "test"
    assert record["slices"]["emoji"]["n_texts"] == 1
    assert record["slices"]["long"]["macro_f1"] is None


def test_texts_of_other_splits_are_left_out_of_the_unseen_figures(classifier):
    scored = score_split(classifier, LABELS, _split("test"), [_split("train", 1)])
    assert scored.report.figures["n_texts_unseen"] == len(TEXTS) - 1
    # Where nothing is unseen there is nothing to give figures of.
    scored = score_split(classifier, LABELS, _split("test"), [_split("train")])
    assert "n_texts_unseen" not in scored.report.figures


def test_other_labels_are_refused():
    with pytest.raises(UsageError, match="trained on these labels"):
        check_labels(("a", "b"), ("b", "a"))


def test_texts_taken_for_labels_are_not_quoted():
    texts = tuple(f"my secret number {i}, of many" for i in range(1000))
    with pytest.raises(UsageError, match="and 972 more") as caught:
        check_labels(texts, ("a", "b"))
    assert "secret" not in str(caught.value)


def test_a_file_is_cut_in_the_order_of_the_models_labels(tmp_path):
    rows = [f"text {label} {i},{label}" for i in range(15) for label in ("x", "y")]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["text,labels", *rows]), encoding="utf-8")
    options = TableOptions(on_problem="drop", seed=4)
    gold = load_gold(path, "test", model_labels=("y", "x"), options=options)
    assert gold.labels == ("y", "x")
    assert gold.checksum is not None
    whole = load_gold(path, "all", model_labels=("y", "x", "z"), options=options)
    assert whole.labels == ("y", "x", "z")
    assert len(whole.split) == len(rows)
    assert whole.checksum is None


def test_the_seed_of_the_training_comes_from_the_model():
    artifact = load_artifact(EMBEDDED_MODEL)
    assert training_seed(artifact) == artifact.config.provenance.get("seed", 0)
    for seed in (-1, "0", None):
        config = dataclasses.replace(artifact.config, provenance={"seed": seed})
        assert training_seed(dataclasses.replace(artifact, config=config)) == 0
