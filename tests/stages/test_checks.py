import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare.model.artifact import EMBEDDED_MODEL
from emoticare.stages.checks import InputChecker, is_picture, is_word, n_letters, read_pieces
from emoticare.stages.text import clean_text

FOREIGN = [
    "Ich bin so stolz auf alles, was wir zusammen aufgebaut haben!",
    "Je suis vraiment désolé pour ce qui s'est passé hier soir.",
    "Je suis triste",
    "Je t'aime",
    "Ich bin traurig",
    "Estoy triste",
    "¿Por qué no me dijiste que venías a la fiesta?",
    "Сегодня я очень счастлив и благодарен вам.",
    "今日はとても嬉しいです。",
]
ODD = [
    "for i in range(10):\n    print(x[i] + y[i])",
    "black steel lamp $12.99, 2-pack white cable $4.50, oak chair x4 SKU 20121",
    "xkq3 9fjw0d kkq;l 00as7df",
    "asdf",
    "ASDF asdf!!!",
    "asdfjkl;",
    "qwerty",
    "lkjh gfdsa",
]
ENGLISH = [
    "I'm so proud of everything we've built together!",
    "Thanks!",
    "lol",
    "That movie was not as good as I had hoped, to be honest.",
    "😂😂",
    "WTF is wrong with you??",
    "as we were",
    "we",
    "were we?",
    "My keyboard is QWERTY, yours is asdf.",
    "Ok",
    "Tree!",
    "I feel queasy.",
    "That certain je ne sais quoi of hers.",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language(embedded, text):
    assert "not_english" in embedded(text).warnings


@pytest.mark.parametrize("text", ODD)
def test_no_prose(embedded, text):
    assert "out_of_domain" in embedded(text).warnings


@pytest.mark.parametrize("text", ENGLISH)
def test_ordinary_texts_have_no_warning(embedded, text):
    assert embedded(text).warnings == []


@pytest.mark.parametrize(
    "text",
    [
        "😭😭😭",
        "😭",
        "🎉🎉🎉🎉",
        "👍🏽",
        "👨\u200d👩\u200d👧",
        "😭😭😭 no",
        "😡😡😡 wtf",
        "🫠🫠",
        "lol 😂😂😂",
    ],
)
def test_emoji_are_of_no_language(embedded, text):
    assert embedded(text).warnings == []


@pytest.mark.parametrize(
    "text",
    [
        ":) :)",
        "xD",
        "o_O",
        "<3 <3",
        "(^_^)",
        "¯\\_(ツ)_/¯",
        "!!!",
        "10/10",
        "100%",
        "2+2=4",
        "🇫🇷🇫🇷",
    ],
)
def test_signs_alone_are_neither_another_language_nor_out_of_domain(embedded, text):
    assert set(embedded(text).warnings) <= {"too_short"}


def test_emoji_hide_no_other_language(embedded):
    for text in ("Danke 😭😭😭", "Ich bin so stolz auf dich! 😭😭😭"):
        assert "not_english" in embedded(text).warnings


@pytest.mark.parametrize(
    "text", ["<3", ":'(", "^_^", "T_T", ":)", ":-(", "</3 </3", "(^_^)", "-_-"]
)
def test_an_emoticon_says_enough(embedded, text):
    assert embedded(text).warnings == []


@pytest.mark.parametrize("text", ["", " \n", "?", "...", "a", "\x00", "[ ]", ": )", "10/10"])
def test_no_word(embedded, text):
    assert "too_short" in embedded(text).warnings


def test_truncated(embedded):
    assert embedded("I am happy. " * 300).warnings == ["truncated"]


def test_abstaining_takes_the_labels_and_leaves_the_rest(embedded):
    texts = [*FOREIGN, *ENGLISH, ""]
    for asked, plain in zip(
        embedded.predict(texts, abstain=True), embedded.predict(texts), strict=True
    ):
        assert asked.scores == plain.scores
        assert asked.warnings == plain.warnings
        assert asked.labels == ([] if plain.warnings else plain.labels)


@given(st.lists(st.text(), max_size=5))
def test_any_texts_have_known_warnings_that_do_not_depend_on_the_others(embedded, texts):
    cleaned = [clean_text(text) for text in texts]
    tokenized = embedded.tokenize(cleaned)
    together = embedded.warnings(tokenized)
    assert together == [embedded.warnings([one])[0] for one in tokenized]
    known = {"not_english", "out_of_domain", "too_short", "truncated"}
    assert all(set(found) <= known for found in together)


def test_another_tokenizer_gets_no_guesses(tiny):
    assert tiny("Ich bin so stolz auf dich").warnings == []
    assert tiny("?").warnings == ["too_short"]


def test_pieces_are_read_of_every_kind_of_tokenizer(embedded):
    pieces = read_pieces(embedded.artifact.tokenizer_json)
    assert len(pieces) == 30522
    assert read_pieces('{"model": {"vocab": [["▁the", -1.0], ["x", -2.0]]}}') == ["▁the", "x"]
    assert read_pieces("{}") == []


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("ok", True),
        ("##ing", True),
        ("a", False),
        ("[UNK]", False),
        ("😂", True),
        ("12", False),
        (":'(", True),
        ("T_T", True),
        ("...", False),
        ("##:", False),
        ("##12", False),
        ("£10", False),
    ],
)
def test_words(piece, expected):
    assert is_word(piece) is expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("😂", True),
        ("##🏽", True),
        ("❤", True),
        ("ok", False),
        ("世", False),
        ("!", False),
        ("°", False),
    ],
)
def test_pictures(piece, expected):
    assert is_picture(piece) is expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [("proud", 5), ("##ly", 2), ("[UNK]", 1), ("[CLS]", 0), (":D", 0), ("12", 0), ("😂", 0)],
)
def test_letters(piece, expected):
    assert n_letters(piece) == expected


def test_nothing_in_nothing_out(embedded):
    assert InputChecker(embedded.artifact.tokenizer_json, EMBEDDED_MODEL).warnings([]) == []


@pytest.mark.parametrize(
    "text", ["😭😭😭", "🎉🎉 🥰", "<3 :) !!!", "10:30 ... 42", "🤬🤬 wtf", "👍🏽"]
)
def test_emoji_and_signs_are_of_no_language(embedded, text):
    found = embedded(text).warnings
    assert "not_english" not in found
    assert "out_of_domain" not in found
