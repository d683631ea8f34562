import json
import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emoticare
from emoticare.meaning.documents import DocumentReader, reading

FRIGHTENED = "I'm terrified that he will come back and hurt us."
MINUTES = """
The meeting began at ten. Ms. Adams took the minutes. The minutes of the last meeting were read.
Mr. Brown presented the figures of the third quarter, which are on page 4. Item 2 was moved to May.

1. The room on the second floor is available from Monday. The keys are at the desk.
2. Dr. Clark reports on the schedule, e.g. the dates of deliveries. There were no questions.
- The printer is next to the kitchen.
- The next meeting is on Tuesday at 9 a.m. in room 12.
"""
WORDS = (
    "the a my your day night work home school dog friend family very so not always never".split()
)
FEELINGS = "happy sad angry proud afraid glad sorry thankful bored surprised nervous".split()


def assert_complete(text: str, document: emoticare.Document) -> None:
    end = 0
    for sentence in document.sentences:
        assert not text[end : sentence.start].strip()
        assert text[sentence.start : sentence.end] == sentence.text
        end = sentence.end
    assert not text[end:].strip()


def test_a_frightened_sentence_in_pages_of_minutes_is_found(embedded):
    pages = MINUTES * 6
    place = len(pages) // 2
    place = pages.index("There were", place)
    text = pages[:place] + FRIGHTENED + " " + pages[place:]
    document = embedded.read(text)
    (found,) = [s for s in document.sentences if "fear" in s.labels]
    assert (found.start, found.end) == (place, place + len(FRIGHTENED))
    assert "fear" in document.labels
    assert "fear" not in embedded.read(pages).labels
    assert_complete(text, document)


def test_progress_counts_the_characters(tiny, monkeypatch):
    monkeypatch.setattr(reading, "_SENTENCES_AT_ONCE", 4)
    for text in (MINUTES, "", "  \n ", "So happy!"):
        counts: list[int] = []
        tiny.read(text, on_progress=counts.append)
        assert sum(counts) == len(text)
        assert min(counts, default=1) > 0
    tiny.read(MINUTES, on_progress=counts.append)
    assert len(counts) > 4


def varied_text(n_words: int) -> str:
    generator = random.Random(0)
    parts: list[str] = []
    n = 0
    while n < n_words:
        length = generator.randint(1, 25)
        words = [generator.choice(WORDS) for _ in range(length)] + [generator.choice(FEELINGS)]
        end = generator.choice([".", "!", "?", "...", ".)", " 😀", "", ".\r\n", "\n\n"])
        parts.append(" ".join(words).capitalize() + end)
        n += len(words)
    return " ".join(parts)


def test_fifty_thousand_words(tiny):
    text = varied_text(50_000)
    document = tiny.read(text)
    assert len(document.sentences) > 2500
    assert_complete(text, document)
    assert all(len(sentence.scores) == 28 for sentence in document.sentences)


@settings(max_examples=25)
@given(
    st.text()
    | st.lists(st.sampled_from(["happy. ", "é\u0301", "😀", "\ud83d", "\r\n", "a " * 90])).map(
        "".join
    )
)
def test_any_text_is_read_whole(tiny, text):
    assert_complete(text, tiny.read(text))


def test_one_sentence_is_a_text(embedded):
    text = "I'm so proud of everything we've built together!"
    document, prediction = embedded.read(f"  {text}\r\n"), embedded(text)
    assert (document.labels, document.scores) == (prediction.labels, prediction.scores)
    assert document.groups == prediction.groups
    (sentence,) = document.sentences
    assert (sentence.start, sentence.end) == (2, 2 + len(text))
    assert (sentence.labels, sentence.scores) == (prediction.labels, prediction.scores)


def test_thresholds_are_those_given(tiny):
    document = tiny.read("So happy. I am sad because of this long week.", threshold=0.0)
    assert len(document.labels) == len(document.sentences[0].labels) == 28
    assert tiny.read("So happy. Why?", threshold=1).labels == []
    document = tiny.read("So happy. Why?", threshold={"joy": 0.0})
    assert "joy" in document.labels
    assert all("joy" in sentence.labels for sentence in document.sentences)


@pytest.mark.parametrize("text", ["", " \n\u3000"])
def test_no_text_has_no_sentences(tiny, text):
    document = tiny.read(text)
    assert (document.labels, document.sentences) == ([], [])
    assert set(document.scores.values()) == {0.0}


@pytest.mark.parametrize("text", [None, 3, b"so happy", ["so happy"]])
def test_what_is_no_text_is_refused(tiny, text):
    with pytest.raises(emoticare.InputError):
        tiny.read(text)
    with pytest.raises(emoticare.InputError):
        list(DocumentReader(tiny, [3]).sentences())
    with pytest.raises(emoticare.ThresholdError):
        tiny.read("so happy", threshold=3)


def test_pieces_give_the_same_and_memory_stays_bounded(tiny, monkeypatch):
    text = varied_text(600)
    monkeypatch.setattr(reading, "_SENTENCES_AT_ONCE", 20)
    reader = DocumentReader(tiny, (text[i : i + 100] for i in range(0, len(text), 100)))
    sentences = list(reader.sentences())
    assert reader.document(sentences) == tiny.read(text)

    def peak(n_texts: int) -> int:
        tracemalloc.start()
        reader = DocumentReader(tiny, (text for _ in range(n_texts)))
        for _ in reader.sentences():
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(12) < 1.5 * peak(4)


def test_a_document_shows_itself(embedded):
    document = embedded.read("I was so <b>scared</b>. Thank you so much!")
    assert repr(document).startswith("Document(2 sentences: ")
    first, second = document.sentences
    assert repr(first).startswith("Sentence('I was so <b>scared</b>.': fear 0.")
    assert repr(embedded.read("Thanks " * 20).sentences[0]).startswith("Sentence('Thanks Thanks")
    assert (first.sentiment.name, second.sentiment.name) == ("negative", "positive")
    assert document.top(1)[0].name == max(document.scores, key=document.scores.__getitem__)
    record = document.to_dict(groups=True)
    assert json.loads(json.dumps(record)) == record
    assert [one["text"] for one in record["sentences"]] == [first.text, second.text]
    assert len({document, embedded.read("I was so <b>scared</b>. Thank you so much!")}) == 1
    html = document._repr_html_()
    assert "I was so &lt;b&gt;scared&lt;/b&gt;. – fear" in html
    assert "and 5 more" in embedded.read("I like it. " * 25)._repr_html_()
    assert repr(embedded.read("")).startswith("Document(no label")
