import numpy as np
import pytest

from emoticare.meaning.documents.sentences import SentenceText, split_sentences
from emoticare.meaning.documents.windows import combine, plan_readings, texts_of
from emoticare.stages.tokens import TokenizedText


def plan(tiny, text):
    return plan_readings(list(split_sentences([text])), tiny.tokenize)


def test_a_short_sentence_is_read_with_its_neighbours_too(tiny):
    text = "I am so very happy about this. Really? Yes. This is what I have always wanted."
    windows = [reading.window for reading in plan(tiny, text)]
    assert windows[0] is windows[3] is None
    assert windows[1] == "I am so very happy about this. Really?"
    assert windows[2] == "Really? Yes. This is what I have always wanted."


def test_windows_end_with_their_paragraph(tiny):
    readings = plan(tiny, "I am so very happy about this.\n\nReally?\n\nNo.")
    assert [reading.window for reading in readings] == [None] * 3


def test_a_window_takes_in_the_nearest_words_of_long_neighbours(tiny):
    readings = plan(
        tiny, "One two three four five six seven eight nine ten. Yes. Day " + "day " * 20
    )
    assert readings[1].window == "three four five six seven eight nine ten. Yes."
    readings = plan(tiny, "Yes. This is " + "a day " * 10)
    assert readings[0].window == "Yes. This is a day a day a day"


def test_a_window_beyond_the_model_is_left_out():
    fits = {False: TokenizedText([], truncated=False), True: TokenizedText([], truncated=True)}
    sentences = list(split_sentences(["Really? This is what I have always wanted."]))
    readings = plan_readings(sentences, lambda texts: [fits["? This" in text] for text in texts])
    assert [reading.window for reading in readings] == [None, None]


def test_what_the_model_cannot_read_at_once_is_cut(tiny):
    sentence = SentenceText(7, "happy " * 150, True)
    readings = plan_readings([sentence], tiny.tokenize)
    assert not any(tokens.truncated for tokens in tiny.tokenize(texts_of(readings)))
    assert len(readings) <= 4
    assert "".join(r.sentence.text.replace(" ", "") for r in readings) == "happy" * 150
    assert [r.sentence.opens_paragraph for r in readings] == [True] + [False] * (len(readings) - 1)
    assert readings[0].sentence.start == 7


@pytest.mark.parametrize("text", ["😀" * 90, "\ud83d\ude00" * 90, "e\u0301" * 200, "很" * 99])
def test_it_is_cut_whatever_it_is(tiny, text):
    readings = plan(tiny, text)
    assert "".join(reading.sentence.text for reading in readings) == text
    assert not any(tokens.truncated for tokens in tiny.tokenize(texts_of(readings)))


def test_a_window_counts_for_a_part(tiny):
    readings = plan(tiny, "I am so very happy about this. Really?")
    logits = np.array([[1.0], [2.0], [4.0]], np.float32)
    assert combine(readings, logits).tolist() == [[1.0], [pytest.approx(2.6)]]
