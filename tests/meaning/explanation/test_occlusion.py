import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoticare.errors import InputError, ThresholdError
from emoticare.meaning.explanation import Occlusion
from emoticare.stages.text import clean_text

MIXED = "I was terrified of the dark. But now I am so happy and proud of you! 😂"


def texts_of(explanation, parts) -> list[str]:
    return [explanation.text[part.start : part.end] for part in parts]


def test_it_explains_what_the_classifier_predicts(embedded):
    explanation = embedded.explain(MIXED)
    assert explanation.prediction == embedded(MIXED)
    assert texts_of(explanation, explanation.words)[:3] == ["terrified", "dark", "But"]
    assert texts_of(explanation, explanation.sentences)[0] == "I was terrified of the dark."


def test_the_words_that_carry_an_emotion_move_it_most(embedded):
    explanation = embedded.explain(MIXED)
    for label, word in {"fear": "terrified", "joy": "happy", "pride": "proud"}.items():
        best = max(explanation.words, key=lambda part: part.effects[label])
        assert explanation.text[best.start : best.end] == word
    fear = [sentence.effects["fear"] for sentence in explanation.sentences]
    assert fear[0] == max(fear) > 2


def test_an_effect_is_the_change_of_the_logit_without_the_word(embedded):
    text = "I am so happy"
    explanation = embedded.explain(text)
    whole, without = embedded.predict_logits([text, "I am so"])
    expected = dict(zip(embedded.labels, (whole - without).tolist(), strict=True))
    assert explanation.words[-1].effects == pytest.approx(expected, abs=1e-4)
    (sentence,) = explanation.sentences
    whole, empty = embedded.predict_logits([text, ""])
    assert sentence.effects["joy"] == pytest.approx(
        float((whole - empty)[embedded.labels.index("joy")]), abs=1e-4
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", "ok", "\x00\x01" * 600, "x" * 5000, "no. " * 2000, "very happy " * 2500, "😀" * 3000],
    ids=lambda text: f"{len(text)} of {text[:3]!r}",
)
def test_any_text_is_an_answer_of_bounded_cost(tiny, text):
    occlusion = Occlusion.of(tiny.tokenize, tiny.tokenizer.offsets, text)
    n_tokens = sum(len(copy.input_ids) for copy in occlusion.copies)
    assert n_tokens <= 3 * 16_384
    explanation = tiny.explain(text)
    assert explanation.prediction == tiny(text)


def test_a_long_text_is_explained_by_phrase(embedded):
    explanation = embedded.explain("it was good and then it was bad " * 100)
    assert explanation.is_by_phrase
    assert explanation.prediction.truncated
    assert len(explanation.words) == 32


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_every_token_belongs_to_one_word(tiny, text):
    text = clean_text(text)
    occlusion = Occlusion.of(tiny.tokenize, tiny.tokenizer.offsets, text)
    whole, *copies = occlusion.copies
    removed = [len(whole.input_ids) - len(copy.input_ids) for copy in copies]
    n_words = len(occlusion.words)
    n_read = len(whole.input_ids) - 2
    assert sum(removed[:n_words]) <= sum(removed[n_words:]) == n_read
    assert all(n > 0 for n in removed)
    explanation = tiny.explain(text)
    assert np.allclose(list(explanation.prediction.scores.values()), tiny.predict_proba([text])[0])


def test_bad_input_is_refused(tiny):
    with pytest.raises(InputError):
        tiny.explain(["so happy"])
    with pytest.raises(ThresholdError):
        tiny.explain("so happy", threshold=2)
