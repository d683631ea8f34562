import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.errors import InputError
from emoticare.stages.text import Reply, clean_replies, clean_text, clean_texts

any_text = st.text(st.characters(), max_size=60)


@given(any_text)
def test_result_is_valid_unicode_and_valid_text_is_left_alone(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert cleaned == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("\x00", "\x00"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d", "\ufffd"),
        ("a\ud83d b", "a\ufffd b"),
        ("\udc00\ud83dx", "\ufffd\ufffdx"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
        ("\ufeffé", "\ufeffé"),
    ],
    ids=ascii,
)
def test_surrogates_are_joined_or_replaced(text, cleaned):
    assert clean_text(text) == cleaned


@pytest.mark.parametrize("n_before", [65_534, 65_535, 65_536, 131_071])
def test_a_long_text_is_cut_between_no_halves(n_before):
    assert clean_text("é" * n_before + "\ud83d\ude00\ud83d") == "é" * n_before + "😀\ufffd"


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (None, "missing values"),
        (float("nan"), "missing values"),
        (b"hi", "decode"),
        (3, "str()"),
        (["hi"], "predict"),
    ],
    ids=repr,
)
def test_other_types_are_refused_with_a_hint(found, hint):
    with pytest.raises(InputError, match=type(found).__name__) as caught:
        clean_text(found, 7)
    assert "position 7" in str(caught.value)
    assert hint in str(caught.value).lower()


def test_messages_never_carry_the_text():
    with pytest.raises(InputError) as caught:
        clean_text(b"my secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("found", ["one text", b"bytes", bytearray(b"x"), None, 3, 2.5], ids=repr)
def test_one_text_or_no_iterable_is_refused_at_once(found):
    with pytest.raises(InputError, match="Expected a list of texts"):
        clean_texts(found)


@pytest.mark.parametrize("found", [b"my secret", bytearray(b"my secret")], ids=repr)
def test_bytes_are_to_be_decoded(found):
    with pytest.raises(InputError, match="Decode the bytes"):
        clean_texts(found)


def test_texts_are_read_one_by_one():
    def endless():
        while True:
            yield "hi"

    assert next(clean_texts(endless())) == "hi"
    with pytest.raises(InputError, match="position 1"):
        list(clean_texts(["fine", None]))


def test_a_table_is_not_a_list_of_texts() -> None:
    import pandas as pd

    table = pd.DataFrame({"text": ["a secret"]})
    with pytest.raises(InputError, match=r"DataFrame of 2 dimensions.*one column") as caught:
        clean_texts(table)
    assert "secret" not in str(caught.value)
    assert list(clean_texts(table["text"])) == ["a secret"]


def test_replies_stand_beside_texts_without_a_context():
    found = list(clean_replies(["a", "b\ud800", "c", "d"], ["what?", "so\ud800", None, " \n"]))
    assert found == [Reply("a", "what?"), Reply("b\ufffd", "so\ufffd"), "c", "d"]


@pytest.mark.parametrize(
    ("texts", "contexts", "found"),
    [
        (["a", "b"], ["x"], "more texts"),
        (["a"], ["x", "y"], "more contexts"),
        (["a"], "x", "one str"),
        (["a"], b"x", "one bytes"),
        (["a"], 5, "one int"),
        (["a"], [5], "found int"),
        (["a"], [["x"]], "found list"),
    ],
)
def test_contexts_that_do_not_fit_are_refused(texts, contexts, found):
    with pytest.raises(InputError, match=found):
        list(clean_replies(texts, contexts))
