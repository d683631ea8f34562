import numpy as np
import pytest

from emoticare.meaning.documents.plan import SentencePlan
from emoticare.meaning.documents.sentences import SentenceText, split_sentences
from emoticare.meaning.documents.windows import combine, sentence_inputs
from emoticare.stages.tokens import TokenizedText


def plan(tiny, text):
    return sentence_inputs(list(split_sentences([text])), tiny.tokenize)


def test_a_short_sentence_is_read_with_its_neighbours_too(tiny):
    text = "I am so very happy about this. Really? Yes. This is what I have always wanted."
    windows = [one.window for one in plan(tiny, text)]
    assert windows[0] is windows[3] is None
    assert windows[1] == "I am so very happy about this. Really?"
    assert windows[2] == "Really? Yes. This is what I have always wanted."


def test_windows_end_with_their_paragraph(tiny):
    inputs = plan(tiny, "I am so very happy about this.\n\nReally?\n\nNo.")
    assert [one.window for one in inputs] == [None] * 3


def test_a_window_takes_in_the_nearest_words_of_long_neighbours(tiny):
    inputs = plan(tiny, "One two three four five six seven eight nine ten. Yes. Day " + "day " * 20)
    assert inputs[1].window == "three four five six seven eight nine ten. Yes."
    inputs = plan(tiny, "Yes. This is " + "a day " * 10)
    assert inputs[0].window == "Yes. This is a day a day a day"


def test_a_window_beyond_the_model_is_left_out():
    fits = {False: TokenizedText([], truncated=False), True: TokenizedText([], truncated=True)}
    sentences = list(split_sentences(["Really? This is what I have always wanted."]))
    inputs = sentence_inputs(sentences, lambda texts: [fits["? This" in text] for text in texts])
    assert [one.window for one in inputs] == [None, None]


def test_what_the_model_cannot_read_at_once_is_cut(tiny):
    sentence = SentenceText(7, "happy " * 150, True)
    inputs = sentence_inputs([sentence], tiny.tokenize)
    assert not any(tokens.truncated for tokens in tiny.tokenize(SentencePlan([inputs]).texts))
    assert len(inputs) <= 4
    assert "".join(r.sentence.text.replace(" ", "") for r in inputs) == "happy" * 150
    assert [r.sentence.opens_paragraph for r in inputs] == [True] + [False] * (len(inputs) - 1)
    assert inputs[0].sentence.start == 7


@pytest.mark.parametrize("text", ["😀" * 90, "\ud83d\ude00" * 90, "e\u0301" * 200, "很" * 99])
def test_it_is_cut_whatever_it_is(tiny, text):
    inputs = plan(tiny, text)
    assert "".join(one.sentence.text for one in inputs) == text
    assert not any(tokens.truncated for tokens in tiny.tokenize(SentencePlan([inputs]).texts))


def test_a_window_counts_for_a_part(tiny):
    inputs = plan(tiny, "I am so very happy about this. Really?")
    logits = np.array([[1.0], [2.0], [4.0]], np.float32)
    assert combine(inputs, logits).tolist() == [[1.0], [pytest.approx(2.6)]]
