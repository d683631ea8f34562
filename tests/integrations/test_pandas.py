import numpy as np
import pandas as pd
import pytest

from emoticare import InputError, ThresholdError, UsageError
from emoticare.classifier import embedded_classifier
from emoticare.integrations.frames import classifier_or_embedded
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


def test_a_table_or_a_list_is_refused_in_one_sentence(tiny):
    frame = pd.DataFrame({"text": TEXTS, "id": range(4)})
    for wrong in (frame, frame[["text"]], TEXTS, "so happy"):
        with pytest.raises(InputError) as caught:
            emotions(wrong, tiny)
        message = f"Expected a Series of texts, found a {type(wrong).__name__}: pass one column"
        assert str(caught.value) == f'{message}, for example frame["text"].'


def test_thresholds_groups_and_warnings(tiny):
    texts = pd.Series([*TEXTS, "?"])
    frame = emotions(texts, tiny, threshold=0, groups=True, warnings=True)
    assert len(frame["emotion_labels"][0]) == 28
    assert list(frame.columns[-3:]) == [
        "sentiment_ambiguous", "sentiment_neutral", "emotion_warnings",
    ]  # fmt: skip
    expected = tiny("so happy")
    assert frame["ekman_joy"][0] == np.float32(expected.groups["ekman"]["joy"])
    assert frame["ekman_joy"].dtype == np.float32
    assert list(frame["emotion_warnings"]) == [[], None, [], [], ["too_short"]]
    assert frame.iloc[1].isna().all()
    with pytest.raises(ThresholdError, match="Did you mean grief"):
        emotions(texts, tiny, threshold={"greif": 0.3})


def test_all_integrations_share_one_embedded_model():
    assert classifier_or_embedded(None) is embedded_classifier()
    assert classifier_or_embedded(None) is classifier_or_embedded(None, None)


def test_it_may_abstain(tiny):
    found = emotions(pd.Series(["so happy", "?"]), tiny, threshold=0, abstain=True)
    assert [len(labels) for labels in found["emotion_labels"]] == [28, 0]


def test_replies_are_read_with_what_was_said_before(tiny_with_context):
    frame = pd.DataFrame({"text": TEXTS, "said": ["you are sad", "i hate it", None, np.nan]})
    found = emotions(frame["text"], tiny_with_context, context=frame["said"])
    (first,) = tiny_with_context.predict(["so happy"], context=["you are sad"])
    assert found["emotion_labels"][0] == first.labels
    assert found["emotion_labels"][1] is None
    alone = emotions(frame["text"], tiny_with_context)
    assert found.iloc[2:].equals(alone.iloc[2:])
    assert not found.iloc[:1].equals(alone.iloc[:1])


def test_a_context_that_does_not_fit_is_refused(tiny, tiny_with_context):
    texts, said = pd.Series(["so happy", "sad"]), pd.Series(["why", None])
    with pytest.raises(InputError, match="another index"):
        emotions(texts, tiny_with_context, context=said[:1])
    with pytest.raises(InputError, match="a list"):
        emotions(texts, tiny_with_context, context=["why", None])
    with pytest.raises(InputError, match="found int"):
        emotions(texts, tiny_with_context, context=pd.Series([1, 2]))
    with pytest.raises(UsageError, match="reads each text alone"):
        emotions(texts, tiny, context=said)
