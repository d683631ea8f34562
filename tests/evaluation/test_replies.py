import numpy as np
import pytest

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import multi_hot_matrix
from emoticare.data.everyday import EverydayTexts
from emoticare.errors import UsageError
from emoticare.evaluation.replies import evaluate_replies
from emoticare.labels import LABELS


def replies(classifier: EmotionClassifier, gold: list[str]) -> EverydayTexts:
    texts, contexts = ["so happy", "why", "sad", "no"], ["no", "no", "!!!", "so sad so sad so sad"]
    ids = [[classifier.labels.index(name)] for name in gold]
    return EverydayTexts(
        split="test",
        ids=list("abcd"),
        texts=texts,
        kinds=["written"] * 4,
        is_real=np.array([True, False, False, True]),
        primary=multi_hot_matrix(ids, len(LABELS)),
        plausible=np.zeros((4, len(LABELS)), np.bool_),
        contexts=contexts,
    )


def test_a_gain_is_what_context_adds(tiny_with_context: EmotionClassifier) -> None:
    model = tiny_with_context
    unlabelled = replies(model, ["joy"] * 4)
    in_context = model.predict(unlabelled.texts, context=unlabelled.contexts)
    alone = model.predict(unlabelled.texts)
    best = [max(one.scores, key=one.scores.__getitem__) for one in in_context]
    others = [max(one.scores, key=one.scores.__getitem__) for one in alone]
    assert best != others
    found = evaluate_replies(model, replies(model, best)).groups
    assert list(found) == ["all", "real", "written"]
    assert [group.n_replies for group in found.values()] == [4, 2, 2]
    right_alone = np.mean([a == b for a, b in zip(best, others, strict=True)])
    assert found["all"].in_context.value == 1
    assert found["all"].alone.value == pytest.approx(right_alone)
    assert found["all"].gain.value == pytest.approx(1 - right_alone)
    of_all = evaluate_replies(model, replies(model, best)).to_json()["replies"]
    assert of_all["all"]["in_context_ci_low"] == 1  # type: ignore[index]


def test_a_model_that_reads_texts_alone_is_not_measured(tiny: EmotionClassifier) -> None:
    with pytest.raises(UsageError, match="reads each text alone"):
        evaluate_replies(tiny, replies(tiny, ["joy"] * 4))
