import numpy as np
import pandas as pd
import pytest

from emoticare import InputError
from emoticare.integrations.pandas import emotions
from emoticare.labels import LABELS

TEXTS = ["so happy", None, "i hate it", "very sad"]


@pytest.mark.parametrize("dtype", [object, "str", "string", "string[pyarrow]", "category"])
def test_a_series_becomes_a_frame_of_the_same_index(tiny, dtype):
    texts = pd.Series(TEXTS, index=[7, 3, 3, "x"], dtype=dtype)
    frame = emotions(texts, tiny)
    assert list(frame.columns) == ["emotion_labels", *LABELS]
    assert list(frame.index) == [7, 3, 3, "x"]
    present = [text for text in TEXTS if text]
    scores = frame[list(LABELS)]
    assert set(scores.dtypes) == {np.dtype("float32")}
    np.testing.assert_array_equal(scores.dropna().to_numpy(), tiny.predict_proba(present))
    assert scores.iloc[1].isna().all()
    assert frame["emotion_labels"].iloc[1] is None
    assert [x for x in frame["emotion_labels"] if x is not None] == [
        p.labels for p in tiny.predict(present)
    ]


def test_the_embedded_model_by_default():
    assert emotions(pd.Series(["Thanks a lot!"]))["emotion_labels"][0][0] == "gratitude"


def test_what_is_no_text_is_refused(tiny):
    with pytest.raises(InputError, match="found int"):
        emotions(pd.Series([1, 2]), tiny)
    assert len(emotions(pd.Series([], dtype=str), tiny)) == 0
