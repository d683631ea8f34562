import pytest
from datasets import Dataset

from emoticare import InputError
from emoticare.integrations.datasets import emotions
from emoticare.labels import LABELS

TEXTS = ["so happy", None, "i hate it", "very sad", "thanks"]


def test_map_adds_columns_whatever_the_batch(tiny):
    data = Dataset.from_dict({"id": list(range(5)), "body": TEXTS})
    for batch_size in (1, 2, 1000):
        found = data.map(emotions("body", tiny), batched=True, batch_size=batch_size)
        assert found.column_names == ["id", "body", "emotion_labels", *LABELS]
        expected = iter(tiny.predict(text for text in TEXTS if text))
        for row in found:
            prediction = next(expected) if row["body"] else None
            assert row["emotion_labels"] == (prediction.labels if prediction else None)
            assert row["joy"] == (prediction.scores["joy"] if prediction else None)


def test_thresholds_groups_and_warnings(tiny):
    score = emotions("body", tiny, threshold=0, groups=True, warnings=True)
    (row,) = Dataset.from_dict({"body": ["so happy"]}).map(score, batched=True)
    assert len(row["emotion_labels"]) == 28
    assert row["ekman_joy"] == tiny("so happy").groups["ekman"]["joy"]
    assert row["emotion_warnings"] == []
    score = emotions("body", tiny, threshold=0, abstain=True)
    rows = Dataset.from_dict({"body": ["so happy", "?"]}).map(score, batched=True)
    assert [len(row["emotion_labels"]) for row in rows] == [28, 0]


def test_replies_are_read_with_the_column_of_what_was_said_before(tiny_with_context):
    data = Dataset.from_dict({"body": TEXTS, "said": ["you are sad", "no", None, "", "why"]})
    score = emotions("body", tiny_with_context, context_column="said")
    found = data.map(score, batched=True)
    (expected,) = tiny_with_context.predict(["so happy"], context=["you are sad"])
    assert found[0]["joy"] == expected.scores["joy"] != tiny_with_context("so happy").scores["joy"]
    with pytest.raises(InputError, match=r"Did you mean said\?"):
        emotions("body", tiny_with_context, context_column="sad")({"body": TEXTS, "said": TEXTS})


def test_a_close_column_is_suggested(tiny):
    with pytest.raises(InputError, match=r"found the columns body\. Did you mean body\?"):
        emotions("bdy", tiny)({"body": TEXTS})
