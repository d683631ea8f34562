"""Texts that nobody means well: the answer is a prediction or an `InputError`, and soon."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emoticare
from emoticare import InputError

ODD = {
    "empty": "",
    "space": " ",
    "white space": " \t\r\n\u00a0\u2003\u2028",
    "NUL": "\x00",
    "NUL inside": "so\x00happy",
    "control": "\x01\x02\x1b[31m\x7f",
    "lone high surrogate": "so happy \ud83d",
    "lone low surrogate": "\udc00 so happy",
    "surrogate pair": "so happy \ud83d\ude00",
    "right to left": "\u202eyppah os\u202c",
    "zero width": "so\u200b hap\u200dpy\ufeff",
    "combining": "e" + "\u0301" * 500,
    "emoji family": "👨‍👩‍👧‍👦" * 50,
    "not a character": "\uffff\ufffe\U0010ffff",
    "private": "\ue000",
    "Arabic": "أنا سعيد جدا اليوم",
    "special tokens": "[CLS] [SEP] [MASK] [PAD] [UNK]",
    "long word": "a" * 5000,
    "numpy string": np.str_("so happy"),
}
N_BYTES = 10_000_000
LONG = {
    "English": "I am so happy today. ",
    "no white space": "abcdefghij",
    "CJK": "我很高兴",
    "one letter": "a",
    "one space": " ",
    "one emoji": "😀",
    "punctuation": "!",
    "lines": "no\r\n",
}


def is_fine(prediction: emoticare.Prediction) -> bool:
    return (
        len(prediction.scores) == 28
        and all(0 <= score <= 1 for score in prediction.scores.values())
        and prediction.n_tokens >= 2
    )


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_any_string_gets_a_prediction(embedded, text):
    assert is_fine(embedded(text))
    assert embedded.predict_proba([text]).shape == (1, 28)
    assert isinstance(emoticare.predict_emotions(text), list)


@given(text=st.text(st.characters(), max_size=200))
def test_any_string_at_all(tiny, text):
    assert is_fine(tiny(text))


def test_marks_that_do_not_show_change_nothing(embedded):
    plain = embedded("so happy")
    for text in (
        "so\x00 happy",
        "so\u200b happy",
        "\ufeffso happy",
        "\u202aso happy\u202c",
        "SO Happy",
    ):
        assert embedded(text) == plain


NO_TEXTS = {
    "none": None,
    "int": 3,
    "float": 2.5,
    "nan": float("nan"),
    "bytes": b"so happy",
    "object": object(),
}


@pytest.mark.parametrize("found", NO_TEXTS.values(), ids=NO_TEXTS)
def test_what_is_no_text_is_refused(tiny, found):
    for call in (tiny, tiny.predict, tiny.predict_proba, emoticare.predict_emotions):
        with pytest.raises(InputError):
            call(found)
    for call in (tiny, tiny.predict, tiny.predict_proba, tiny.predict_logits):
        with pytest.raises(InputError, match="position 1"):
            call(["so happy", found])


def test_one_string_is_not_a_list_of_letters(tiny):
    for call in (tiny.predict, tiny.predict_proba, tiny.predict_logits, tiny.stream):
        with pytest.raises(InputError, match="call the classifier itself"):
            call("so happy")


@pytest.mark.parametrize("unit", LONG.values(), ids=LONG)
def test_ten_megabytes_are_the_same_text_cut_earlier(embedded, unit):
    text = unit * (N_BYTES // len(unit.encode()))
    start = time.monotonic()
    long = embedded(text)
    seconds = time.monotonic() - start
    short = embedded(text[:20_000])
    assert (long.scores, long.truncated) == (short.scores, short.truncated)
    assert long.n_tokens == short.n_tokens <= 512
    assert seconds < 60


def test_many_texts_at_once(tiny):
    texts = [f"so happy {i % 97}" for i in range(100_000)]
    start = time.monotonic()
    probabilities = tiny.predict_proba(texts)
    assert time.monotonic() - start < 60
    assert probabilities.shape == (100_000, 28)
    np.testing.assert_allclose(probabilities[:97], probabilities[97 * 500 : 97 * 501], atol=2e-3)


def test_iterables_of_every_kind(tiny):
    texts = ["so happy", "i hate it", ""]
    expected = tiny.predict(texts)
    series = pd.Series(texts, index=[7, 3, 3])
    for iterable in (
        tuple(texts),
        (t for t in texts),
        series,
        np.array(texts),
        dict.fromkeys(texts),
    ):
        assert tiny.predict(iterable) == expected
    assert tiny(series) == tiny.predict(series)
    with pytest.raises(InputError, match="missing values"):
        tiny.predict(pd.Series(["so happy", None]))
    with pytest.raises(InputError, match="missing values"):
        tiny.predict(pd.Series(["so happy", float("nan")]))


def test_an_error_of_the_callers_generator_comes_through(tiny):
    def texts():
        yield "so happy"
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        tiny.predict(texts())
