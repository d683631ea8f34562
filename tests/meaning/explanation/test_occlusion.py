import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoticare.errors import InputError, ThresholdError, UsageError
from emoticare.meaning.explanation import Occlusion
from emoticare.stages.text import clean_text, in_context

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


def effects(parts):
    return [part.effects for part in parts]


def close_to(logits, labels):
    return pytest.approx(dict(zip(labels, logits.tolist(), strict=True)), abs=1e-4)


def test_each_word_of_what_was_said_before_has_its_effect(embedded_with_context):
    clf = embedded_with_context
    said, reply = "You won!", "Oh no"
    explanation = clf.explain(reply, context=said)
    assert explanation.prediction == clf(reply, context=said)
    assert explanation.context_text == said
    assert [said[p.start : p.end] for p in explanation.context] == ["You", "won", "!"]
    whole, *without = clf.predict_logits([reply] * 4, context=[said, "won!", "You!", "You won"])
    for found, expected in zip(effects(explanation.context), without, strict=True):
        assert found == close_to(whole - expected, clf.labels)
    without_no = clf.predict_logits(["Oh"], context=[said])[0]
    assert explanation.words[1].effects == close_to(whole - without_no, clf.labels)
    empty = clf.predict_logits([""], context=[said])[0]
    assert explanation.sentences[0].effects == close_to(whole - empty, clf.labels)


def test_without_its_only_word_the_text_is_read_alone(embedded_with_context):
    clf = embedded_with_context
    explanation = clf.explain("Oh no", context=" Cancelled ")
    whole, alone = clf.predict_logits(["Oh no"] * 2, context=["Cancelled", None])
    (word,) = explanation.context
    assert (word.start, word.end) == (1, 10)
    assert word.effects == close_to(whole - alone, clf.labels)


def test_of_a_long_context_the_words_of_the_end_are_tried(embedded_with_context):
    said = "terrified " * 3000 + "so happy " * 20
    explanation = embedded_with_context.explain("yes", context=said)
    first, last = explanation.context[0], explanation.context[-1]
    assert first.start == len(said) - 20 * len("so happy ") - 24 * len("terrified ")
    assert said[last.start : last.end] == "happy"
    assert explanation.prediction == embedded_with_context("yes", context=said)


@pytest.mark.parametrize("context", [None, "", " \n"])
def test_nothing_said_before_is_no_context(tiny_with_context, context):
    explanation = tiny_with_context.explain("so happy", context=context)
    assert explanation == tiny_with_context.explain("so happy")
    assert (explanation.context_text, explanation.context) == ("", [])


@settings(max_examples=60)
@given(
    st.text(max_size=30) | st.just("very happy " * 40),
    st.text(max_size=80) | st.text(max_size=9).map(lambda text: text * 200),
)
def test_every_token_of_what_was_said_before_belongs_to_one_word(tiny_with_context, text, context):
    clf = tiny_with_context
    text, context = clean_text(text), clean_text(context)
    occlusion = Occlusion.of(clf.tokenize, clf.tokenizer.offsets, text, context)
    alone = Occlusion.of(clf.tokenize, clf.tokenizer.offsets, text)
    whole, *copies = occlusion.copies
    (read,) = clf.tokenize([in_context(text, context)])
    assert whole == read
    assert (occlusion.words, occlusion.sentences) == (alone.words, alone.sentences)
    n_own, n_context = len(alone.copies) - 1, whole.n_context
    for copy, of_alone in zip(copies[:n_own], alone.copies[1:], strict=True):
        assert copy.input_ids[:n_context] == whole.input_ids[:n_context]
        assert copy.input_ids[n_context:] == of_alone.input_ids[bool(n_context) :]
    n_of_text = len(whole.input_ids) - n_context
    removed = 0
    for copy in copies[n_own:]:
        kept = copy.input_ids[len(copy.input_ids) - n_of_text :]
        assert kept == whole.input_ids[n_context:]
        n_kept = len(copy.input_ids) - n_of_text
        removed += n_context - max(2, n_kept)
        assert n_kept < n_context
    assert removed <= max(0, n_context - 2)
    assert sum(len(copy.input_ids) for copy in occlusion.copies) <= 4 * 16_384


def test_every_word_of_a_short_context_is_tried(tiny_with_context):
    clf = tiny_with_context
    occlusion = Occlusion.of(clf.tokenize, clf.tokenizer.offsets, "so", "i hate\x00 you, 😀xq!")
    whole, *copies = occlusion.copies
    lost = sum(len(whole.input_ids) - len(c.input_ids) for c in copies[-len(occlusion.context) :])
    assert lost == whole.n_context - 2


def test_a_context_that_cannot_be_read_is_refused(tiny, tiny_with_context):
    with pytest.raises(UsageError, match="reads each text alone"):
        tiny.explain("so happy", context="i hate it")
    with pytest.raises(InputError, match="found list"):
        tiny_with_context.explain("so happy", context=["i hate it"])


def test_bad_input_is_refused(tiny):
    with pytest.raises(InputError):
        tiny.explain(["so happy"])
    with pytest.raises(ThresholdError):
        tiny.explain("so happy", threshold=2)
