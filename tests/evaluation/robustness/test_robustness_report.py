import json

import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.errors import UsageError
from emoticare.evaluation.robustness.robustness_report import Robustness, evaluate_robustness
from emoticare.labels import LABELS


def test_all_sets_of_the_embedded_model_in_one_flat_record(embedded: EmotionClassifier) -> None:
    texts = ["I am so happy today!", "[NAME] makes me angry.", "We meet on Monday."]
    predicted = [prediction.labels for prediction in embedded.predict(texts)]
    multi_hot = np.array([[label in labels for label in LABELS] for labels in predicted])
    found = evaluate_robustness(embedded, Split("test", texts, multi_hot, list("abc")))
    record = found.to_json()
    json.dumps(record)
    assert all(key.startswith("robustness_") for key in record)
    assert all(isinstance(value, int | float | str) for value in record.values())
    assert record["robustness_names_n_texts"] == 1
    assert record["robustness_typos_micro_f1_unperturbed"] == 1.0
    assert record["robustness_lower_case_mean_change"] == pytest.approx(0, abs=1e-5)
    for key in (
        "typos_macro_f1",
        "upper_case_share_labels_changed",
        "neutral_text_change_p99",
        "emoji_share_best_emotion",
        "emoji_deciding_share_top_label",
        "negation_share_halved",
        "negation_negative_mean_ratio",
        "identity_gap_person",
        "identity_gap_emotion",
    ):
        assert f"robustness_{key}" in record


def test_sets_that_do_not_fit_are_no_keys() -> None:
    assert Robustness({}, {}, {}, None).to_json() == {}


def test_labels_of_another_number_are_refused(tiny: EmotionClassifier) -> None:
    split = Split("test", ["so happy"], np.ones((1, 3), np.bool_), ["a"])
    with pytest.raises(UsageError, match="one shape"):
        evaluate_robustness(tiny, split)
