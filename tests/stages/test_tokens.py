import json
import random
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from emoticare.errors import ArtifactError, EmoticareError
from emoticare.stages.text import Reply, clean_text
from emoticare.stages.tokens import CONTEXT_TOKENS, TextTokenizer

parts = st.one_of(
    st.text(st.characters(), max_size=20),
    st.sampled_from(
        [" ", "\t\n", "so happy ", "很高兴", "가나다", "\u0301", "e\u0301", "🎉", "👨‍👩‍👧",
         "\u200b", "\u202e", "\x00", "[MASK]", "[SEP]", "...", "!", "don't", "ﬁ", "İ", "a1"]
    ),
)  # fmt: skip
# A part is repeated, so that texts go on well beyond the first beginning that is read.
long_texts = st.lists(
    st.tuples(parts, st.sampled_from([1, 2, 7, 40, 99, 101, 300, 1500])), max_size=6
)
texts = long_texts.map(lambda runs: clean_text("".join(part * n for part, n in runs)))


def plain(tokenizer_json: str, max_length: int) -> Tokenizer:
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    tokenizer.enable_truncation(max_length)
    return tokenizer


def same_as_plain(tokenizer_json: str, max_length: int, text: str) -> None:
    expected = plain(tokenizer_json, max_length).encode(text)
    (found,) = TextTokenizer(tokenizer_json, max_length).encode([text])
    assert found.input_ids == expected.ids
    assert found.truncated == bool(expected.overflowing)
    assert len(found.input_ids) <= max_length


@pytest.fixture(scope="module")
def tokenizer_json(tiny_artifact):
    return tiny_artifact.tokenizer_json


@given(text=texts, max_length=st.sampled_from([3, 4, 8, 17, 64]))
@example(text="a" * 200, max_length=3)
@example(text="x " * 20 + "a" * 2000 + " you", max_length=64)
@example(text="happy" + " " * 5000 + "sad", max_length=64)
@example(text="e" + "\u0301" * 5000 + "a sad", max_length=64)
@example(text="\u0301" * 5000, max_length=8)
@example(text="", max_length=3)
def test_reading_beginnings_equals_reading_everything(tokenizer_json, text, max_length):
    same_as_plain(tokenizer_json, max_length, text)


@given(text=texts)
def test_so_it_does_with_the_embedded_tokenizer(embedded, text):
    same_as_plain(embedded.artifact.tokenizer_json, 24, text)


def test_a_real_text_cut_anywhere(tokenizer_json):
    generator = random.Random(0)
    words = ["happy", "a" * 99, "b" * 101, "c" * 1500, "!", "很", "don't", "ü" * 60, "x\u0301" * 90]
    for _ in range(60):
        text = "".join(generator.choice(words) + generator.choice(["", " "]) for _ in range(60))
        same_as_plain(tokenizer_json, generator.choice([3, 8, 64]), text)


def test_many_texts_keep_their_order(tokenizer_json):
    tokenizer = TextTokenizer(tokenizer_json, 16)
    several = ["", "so happy", "a" * 5000, "love " * 900, "it"]
    assert tokenizer.encode(several) == [tokenizer.encode([text])[0] for text in several]
    assert [tokens.truncated for tokens in tokenizer.encode(several)] == [0, 0, 0, 1, 0]
    assert tokenizer.encode([]) == []


def test_padding_and_truncation_saved_in_the_file_do_not_count(tokenizer_json):
    odd = Tokenizer.from_str(tokenizer_json)
    odd.enable_padding(length=50)
    odd.enable_truncation(5)
    expected = TextTokenizer(tokenizer_json, 12).encode(["i love you so much , really"])
    assert TextTokenizer(odd.to_str(), 12).encode(["i love you so much , really"]) == expected


@pytest.mark.parametrize("content", ["", "{}", "null", "[]", "\x80\x04K\x01.", '{"model":' * 2000])
def test_no_tokenizer(content):
    with pytest.raises(ArtifactError, match=r"tokenizer\.json"):
        TextTokenizer(content, 64)


@pytest.mark.parametrize("max_length", [-1, 10**30])
def test_no_length(tokenizer_json, max_length):
    with pytest.raises(ArtifactError, match=r"tokenizer\.json"):
        TextTokenizer(tokenizer_json, max_length).encode(["so happy"])


@given(data=st.data())
def test_an_altered_tokenizer_fails_as_an_artifact_if_at_all(tokenizer_json, data):
    content = json.loads(tokenizer_json)
    section = data.draw(st.sampled_from(sorted(content)))
    at = content[section] if isinstance(content[section], dict) and content[section] else content
    key = data.draw(st.sampled_from(sorted(at)))
    at[key] = data.draw(st.sampled_from([None, True, -1, 0, 10**30, 0.5, "", "x", [], {}, [1]]))
    with suppress(EmoticareError):
        TextTokenizer(json.dumps(content), 8).encode(["so happy, thank you", "", "很" * 300])


def test_special_tokens_that_somebody_typed_are_text(embedded):
    (found,) = embedded.tokenizer.encode(["[CLS] fine [SEP] whatever [MASK] [PAD]"])
    special = [i for i in found.input_ids if i in {0, 101, 102, 103}]
    assert special == [101, 102]


@given(text=texts, context=texts, max_length=st.sampled_from([3, 5, 8, 17, 64, 160]))
@example(text="Fine.", context="a " * 500, max_length=64)
@example(text="Fine.", context="a" * 500, max_length=64)
@example(text="", context="Why?", max_length=64)
def test_a_reply_is_read_behind_the_end_of_what_was_said(tokenizer_json, text, context, max_length):
    tokenizer = TextTokenizer(tokenizer_json, max_length)
    (alone,) = tokenizer.encode([text])
    (found,) = tokenizer.encode([Reply(text, context)])
    n_context = found.n_context
    assert found.truncated == alone.truncated
    assert len(found.input_ids) <= max_length
    assert n_context <= CONTEXT_TOKENS + 2
    if n_context:
        assert found.input_ids[n_context:] == alone.input_ids[1:]
    else:
        assert found == alone
    of_context = plain(tokenizer_json, 10**6).encode(context).ids[1:-1]
    read = found.input_ids[1 : n_context - 1] if n_context else []
    whole_end = of_context[len(of_context) - len(read) :]
    if len(context) <= CONTEXT_TOKENS:  # characters, which are no fewer than tokens
        assert read == whole_end


def test_of_a_long_context_as_much_is_read_as_there_is_room_for(embedded):
    said = "not " * 10**5 + "very happy " * 40
    short, long = embedded.tokenizer.encode([Reply("Yes.", said), Reply("no " * 470, said)])
    assert (short.n_context, short.input_ids) == (
        CONTEXT_TOKENS + 2,
        embedded.tokenizer.encode([Reply("Yes.", "very happy " * 32)])[0].input_ids,
    )
    assert (long.n_context, len(long.input_ids)) == (512 - 472 + 1, 512)


@given(text=texts, context=texts, max_length=st.sampled_from([3, 5, 17, 64, 160]))
@example(text="Fine.", context="unbelievable " * 90, max_length=64)
@example(text="Fine.", context="not " * 300, max_length=160)
def test_each_token_of_a_reply_has_its_place(tokenizer_json, text, context, max_length):
    tokenizer = TextTokenizer(tokenizer_json, max_length)
    reply = Reply(text, context)
    (found,) = tokenizer.encode([reply])
    offsets = tokenizer.offsets(reply)
    n_context = found.n_context
    assert offsets[n_context:] == tokenizer.offsets(text)[bool(n_context) :]
    before = offsets[1 : n_context - 1] if n_context else []
    assert before == sorted(before)
    for (start, end), token in zip(before, found.input_ids[1:], strict=False):
        alone = plain(tokenizer_json, 512).encode(context[start:end]).ids[1:-1]
        whole_word = Tokenizer.from_str(tokenizer_json).id_to_token(token)
        assert 0 <= start < end <= len(context)
        assert token in alone or whole_word.startswith("##")


def test_a_reply_that_fits_has_the_ids_of_the_tokenizers_own_pair(embedded):
    said = ["Did you hear? They cancelled it.", "ok", "So happy 😂 for you, Ünal!"]
    replies = ["Unbelievable, again!", "[SEP]", "Why? 😭"]
    found = embedded.tokenizer.encode(list(map(Reply, replies, said)))
    own = plain(embedded.artifact.tokenizer_json, 512).encode_batch(
        list(zip(said, replies, strict=True))
    )
    assert [one.input_ids for one in found] == [one.ids for one in own]


def test_texts_and_replies_are_tokenized_together(embedded):
    mixed = ["Fine.", Reply("Fine.", "How are you?"), "Again"]
    assert embedded.tokenizer.encode(mixed) == [
        one for text in mixed for one in embedded.tokenizer.encode([text])
    ]


def test_a_context_begins_with_a_whole_word(embedded):
    (found,) = embedded.tokenizer.encode([Reply("Yes.", "unbelievableness " * 40)])
    assert CONTEXT_TOKENS - 5 < found.n_context <= CONTEXT_TOKENS + 2
    tokenizer = plain(embedded.artifact.tokenizer_json, 512)
    first = tokenizer.id_to_token(found.input_ids[1])
    assert not first.startswith("##")
