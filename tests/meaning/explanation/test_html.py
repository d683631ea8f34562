import json
from html.parser import HTMLParser

from emoticare.meaning.explanation.html import to_html
from emoticare.meaning.explanation.parts import strongest_first
from emoticare.meaning.explanation.tint import strongest, tinted

HOSTILE = '<script>alert("x")</script> & so </p> happy\n\nyes'


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_holds_text_and_no_markup_of_the_text(embedded):
    page = Page()
    content = to_html(embedded.explain(HOSTILE), ["joy", "fear"])
    page.feed(content)
    assert page.tags == {
        "html", "head", "meta", "title", "style", "body", "main", "section", "div", "h1", "h2",
        "p", "span",
    }  # fmt: skip
    assert not page.attributes & {"src", "href", "onerror"}
    assert "http" not in content.replace("http-equiv", "")


def test_the_tints_spell_the_whole_text(embedded):
    for text in (HOSTILE, "", "  so happy  ", "no"):
        words = embedded.explain(text).words
        stretches = tinted(text, words, "joy", strongest(words, "joy"))
        assert "".join(stretch.text for stretch in stretches) == text
        assert all(-1 <= stretch.strength <= 1 for stretch in stretches)


def test_the_strongest_come_first(embedded):
    explanation = embedded.explain("I am so happy, not sad at all")
    words = strongest_first(explanation.words, "joy", 3)
    assert explanation.text[words[0].start : words[0].end] == "happy"
    assert len(words) <= 3


def test_a_notebook_shows_the_words(embedded):
    explanation = embedded.explain(HOSTILE)
    page = Page()
    html = explanation._repr_html_()
    page.feed(html)
    assert page.tags == {"div", "span"}
    assert page.attributes == {"style", "title"}
    assert ">happy</span>" in html
    assert "<script" not in html


def test_what_was_said_before_is_tinted_above_the_text(embedded_with_context):
    explanation = embedded_with_context.explain("yes", context=HOSTILE)
    for html in (explanation._repr_html_(), to_html(explanation, ["joy"])):
        page = Page()
        page.feed(html)
        assert "script" not in page.tags
        assert "<script" not in html
        assert html.index("happy") < html.rindex("yes")
    context, text = explanation.tints("joy")
    assert "".join(stretch.text for stretch in context) == HOSTILE
    assert "".join(stretch.text for stretch in text) == "yes"
    strengths = [abs(stretch.strength) for stretch in (*context, *text)]
    assert max(strengths) == 1
    assert strengths.count(1) == 1, "both have one scale"


def test_what_was_said_before_is_in_the_record_and_in_brief(embedded_with_context):
    explanation = embedded_with_context.explain("yes", context="I am so happy for you!")
    record = explanation.to_dict(["joy"])
    assert json.loads(json.dumps(record)) == record
    assert list(record)[-2:] == ["is_by_phrase", "context"]
    assert [part["start"] for part in record["context"]] == [0, 2, 5, 8, 14, 18, 21]
    assert "said before: 'happy' +" in repr(explanation)


def test_an_explanation_is_short_to_meet(embedded):
    shown = repr(embedded.explain("I was so scared, but it all went well!"))
    assert shown.startswith("Explanation(fear 0.")
    assert ": 'scared' +" in shown
    assert repr(embedded.explain("")).endswith(": no word moves it much)")


def test_an_explanation_has_what_its_prediction_has(embedded):
    explanation = embedded.explain("I was so scared!")
    prediction = explanation.prediction
    assert (explanation.labels, explanation.scores) == (prediction.labels, prediction.scores)
    assert explanation.top(2) == prediction.top(2)
    assert explanation.sentiment == prediction.sentiment
    again, other = embedded.explain("I was so scared!"), embedded.explain("I was so happy!")
    assert len({explanation, again, other}) == 2


def test_the_record_is_json(embedded):
    explanation = embedded.explain("so happy")
    record = explanation.to_dict(["joy"])
    assert json.loads(json.dumps(record)) == record == explanation.to_json(["joy"])
    assert list(record["words"][0]["effects"]) == ["joy"]
    assert list(record) == [*explanation.prediction.to_dict(), "words", "sentences", "is_by_phrase"]
