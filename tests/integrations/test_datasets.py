from datasets import Dataset

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
