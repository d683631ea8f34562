import math

import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import multi_hot_matrix
from emoticare.data.everyday import EverydayTexts
from emoticare.evaluation.bootstrap import bootstrap_ratio
from emoticare.evaluation.everyday import FIGURES, evaluate_everyday
from emoticare.evaluation.plots import save_everyday_plots
from emoticare.labels import LABELS


def texts(*rows: tuple[str, str, bool, str, str]) -> EverydayTexts:
    def hot(column: int) -> np.ndarray:
        ids = [[LABELS.index(name) for name in row[column].split(",") if name] for row in rows]
        return multi_hot_matrix(ids, len(LABELS))

    return EverydayTexts(
        split="test",
        ids=[str(i) for i in range(len(rows))],
        texts=[row[0] for row in rows],
        kinds=[row[1] for row in rows],
        is_real=np.array([row[2] for row in rows]),
        primary=hot(3),
        plausible=hot(4),
    )


FIVE = (
    ("Thank you so much!", "chat", True, "gratitude", ""),
    ("Thank you so much for deleting it.", "sarcasm", False, "annoyance", "disapproval"),
    ("The train leaves at 9.", "neutral", True, "neutral", ""),
    ("I love you!", "chat", False, "joy", "love"),
    ("I am so happy!", "neutral", False, "neutral", ""),
)


def test_figures_of_texts_that_the_model_reads_in_a_known_way(embedded: EmotionClassifier) -> None:
    labels = [prediction.labels for prediction in embedded.predict([row[0] for row in FIVE])]
    assert labels == [["gratitude"], ["gratitude"], ["neutral"], ["love"], ["joy"]]
    found = evaluate_everyday(embedded, texts(*FIVE))
    figures = found.groups["all"].figures
    assert list(figures) == list(FIGURES)
    assert figures["strongest_primary"].value == pytest.approx(2 / 5)
    assert figures["strongest_primary_emotional"].value == pytest.approx(1 / 3)
    assert figures["strongest_plausible"].value == pytest.approx(3 / 5)
    # Hits: gratitude, neutral. Errors: gratitude for annoyance (2), joy missed (love does not
    # count), joy for neutral (2).
    assert figures["f1"].value == pytest.approx(2 * 2 / (2 * 2 + 5))
    assert figures["only_neutral"].value == 0
    assert figures["neutral_with_emotion"].value == pytest.approx(1 / 2)
    assert (found.groups["all"].n_texts, found.groups["all"].n_emotional) == (5, 3)
    assert found.sarcastic_read_as_positive["written"].value == 1
    assert math.isnan(found.sarcastic_read_as_positive["real"].value)


def test_groups_and_kinds_divide_the_texts(embedded: EmotionClassifier) -> None:
    found = evaluate_everyday(embedded, texts(*FIVE))
    assert {name: group.n_texts for name, group in found.groups.items()} == {
        "all": 5,
        "real": 2,
        "written": 3,
    }
    assert {name: kind.n_texts for name, kind in found.kinds.items()} == {
        "chat": 2,
        "neutral": 2,
        "sarcasm": 1,
    }
    record = found.to_json()
    assert record["everyday"]["real"]["strongest_primary"] == 1
    assert record["everyday_by_kind"]["sarcasm"]["neutral_with_emotion"] is None


def test_written_texts_alone(embedded: EmotionClassifier) -> None:
    written = [row for row in FIVE if not row[2]]
    assert list(evaluate_everyday(embedded, texts(*written)).groups) == ["written"]


def test_a_ratio_and_its_interval() -> None:
    generator = np.random.default_rng(0)
    hits = generator.random(400) < 0.3
    found = bootstrap_ratio(hits, np.ones(400))
    assert found.value == hits.mean()
    assert found.low == pytest.approx(found.value - 1.96 * hits.std() / 20, abs=0.01)
    assert found.high == pytest.approx(found.value + 1.96 * hits.std() / 20, abs=0.01)
    assert math.isnan(bootstrap_ratio(np.zeros(3), np.zeros(3)).value)


def test_figure_and_page(embedded: EmotionClassifier, tmp_path) -> None:
    paths = save_everyday_plots(evaluate_everyday(embedded, texts(*FIVE)), tmp_path)
    assert [path.name for path in paths] == ["everyday.png", "index.html"]
    page = paths[-1].read_text(encoding="utf-8")
    assert "Everyday English" in page
    assert "sarcasm" in page
    assert "deleting" not in page
