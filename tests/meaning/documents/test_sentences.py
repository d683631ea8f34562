from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emoticare.meaning.documents.sentences import MOST_CHARS, SentenceText, split_sentences

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
BITS = [
    *"ab .!?。…\n\r\t\v\x85\u2028\x00\u200b\u3000\"'()[]1,",
    *("\r\n", "e\u0301", "😀", FAMILY, "👍🏽", "\ud83d", "\ude00", "\ufffd", "Dr. ", "e.g. ", "- "),
    *("\n1. ", "\n• ", "\n\n", "a line of many words which goes on until here, about the budget\n"),
    "x" * 700,
]
TEXTS = st.lists(st.sampled_from(BITS), max_size=40).map("".join) | st.text()


def split(*pieces: str) -> list[SentenceText]:
    return list(split_sentences(pieces))


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith met Mr. Jones at 5 p.m. today. He cried.", 2),
        ("We met, e.g. on Jan. 5, in the U.S. and in Washington D.C. before.", 1),
        ("J. K. Rowling wrote it. I like it.", 2),
        ("He was late... really late... and sad. Why?!", 2),
        ('"No way!" she said. I agree.', 2),
        ("It cost $3.50. Version 2.0.1 is out. See https://example.com/a.b?c=d. Ok.", 4),
        ("so happy 😀😀 this is great 😭 i cant even", 1),
        ("I love it! Best day ever!! 🎉🎉", 3),
        ("no full stop here\nand none here\n\nnor there", 3),
        ("1. Buy milk\n2. Call mum\n- item one\n* item two\n• three\n(a) four\nb) five", 7),
        ("我很高兴。你呢？今天天气很好！", 3),
        ("今日は。元気です！", 2),
        ("One.\r\nTwo.\rThree.\n\n\nFour.", 4),
        ("", 0),
        (" \r\n\t ", 0),
    ],
)
def test_sentences_of_every_kind(text, expected):
    assert len(texts(text)) == expected


def test_a_wrapped_line_goes_on_in_the_next():
    text = (
        "This paragraph was wrapped at some fifty characters or so,\n"
        "as mails and books are, and so its sentence goes on\n"
        "until here. Then it ends.\n\nAnother one."
    )
    assert [s.opens_paragraph for s in split(text)] == [True, False, True]


def test_marks_of_lists_belong_to_their_sentence():
    assert texts("1. Budget: approved. No comments.\n2) Next") == [
        "1. Budget: approved.",
        "No comments.",
        "2) Next",
    ]


def assert_complete(text: str, sentences: list[SentenceText]) -> None:
    end = 0
    for sentence in sentences:
        assert sentence.start >= end
        assert not text[end : sentence.start].strip()
        end = sentence.start + len(sentence.text)
        assert text[sentence.start : end] == sentence.text == sentence.text.strip()
        assert 0 < len(sentence.text) <= MOST_CHARS
    assert not text[end:].strip()


@given(TEXTS)
@example("\ud83d\ude00. \ud83d")
@example("a\r\n" * 3 + "\u0301")
def test_offsets_slice_back_in_order_and_hold_all(text):
    assert_complete(text, split(text))


@given(TEXTS, st.lists(st.integers(0, 200), max_size=5))
def test_where_a_text_is_cut_into_pieces_does_not_matter(text, cuts):
    places = sorted({0, *cuts, len(text)})
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert split(*pieces) == split(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "word " * 40_000, "." * 200_000, "\r" * 50_000, '("' * 60_000, "- " * 60_000],
    ids=lambda text: ascii(text[:2]),
)
def test_a_text_without_end_is_cut(text):
    assert_complete(text, split(text))


def test_cuts_come_after_a_space_or_between_characters():
    assert {len(text) for text in texts("word " * 500)} <= {999, 499}
    for text in texts(FAMILY * 600):
        assert text.startswith("\U0001f468")
        assert not text.endswith("\u200d")
    assert all(len(text) % 2 == 0 for text in texts("e\u0301" * 1501))
    assert all(text.startswith("\ud83d") for text in texts("\ud83d\ude00" * 1501))


@pytest.mark.parametrize("between", [" ", " “Really?” ", " Wir gehen, sagte er. "])
def test_a_paragraph_of_any_length_is_split_alike(between):
    sentence = "It was a long and quiet day."
    text = (sentence + between) * 1000
    found = [piece.text for piece in split_sentences([text])]
    once = [piece.text for piece in split_sentences([sentence + between])]
    assert found == once * 1000
