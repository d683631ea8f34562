import copy
import json
import pickle
from html.parser import HTMLParser

import pytest

from emoticare import Prediction, UsageError
from emoticare.labels import LABELS
from emoticare.prediction import ScoredName

NOTHING = dict.fromkeys(LABELS, 0.0)


def prediction(labels=("gratitude", "admiration"), warnings=(), **scores) -> Prediction:
    given = {"gratitude": 0.98, "admiration": 0.314, "joy": 0.2} | scores
    return Prediction([*labels], NOTHING | given, 5, False, [*warnings])


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def parsed(html: str) -> Tags:
    page = Tags()
    page.feed(html)
    return page


def test_it_is_short_to_meet():
    assert repr(prediction()) == "Prediction(gratitude 0.98, admiration 0.31)"
    assert repr(prediction(labels=())) == "Prediction(no label, likeliest gratitude 0.98)"
    warned = prediction(warnings=["not_english", "truncated"])
    assert repr(warned) == "Prediction(gratitude 0.98, admiration 0.31; not_english, truncated)"
    assert repr(prediction(labels=LABELS)).endswith(", …)")
    assert repr(Prediction([], {}, 2, False)) == "Prediction(no label)"


def test_top_gives_the_strongest_found_or_not():
    assert prediction(labels=()).top(2) == [("gratitude", 0.98), ("admiration", 0.314)]
    assert prediction().top()[2] == ScoredName(name="joy", score=0.2)
    assert [name for name, _ in prediction().top(99)][:3] == ["gratitude", "admiration", "joy"]
    assert len(prediction().top(99)) == 28
    for wrong in (0, -1, 1.5, True, "3", None):
        with pytest.raises(UsageError, match="above 0"):
            prediction().top(wrong)


def test_the_record_is_json_and_a_copy():
    record = prediction(warnings=["truncated"]).to_dict()
    assert list(record) == ["labels", "scores", "n_tokens", "truncated", "warnings"]
    assert json.loads(json.dumps(record)) == record
    assert prediction(joy=1 / 3).to_dict()["scores"]["joy"] == 0.333333
    grouped = prediction().to_dict(groups=True)
    assert list(grouped["groups"]) == ["ekman", "sentiment"]
    found = prediction()
    found.to_dict()["labels"].append("joy")
    assert found == prediction()


def test_the_sentiment_is_the_strongest_group():
    name, score = prediction().sentiment
    assert (name, score) == ("positive", prediction().groups["sentiment"]["positive"])
    assert prediction(gratitude=0.0, anger=0.9).sentiment.name == "negative"
    assert prediction(gratitude=0.1, neutral=0.9).sentiment.name == "neutral"
    assert prediction(gratitude=0.1, surprise=0.9).sentiment.name == "ambiguous"
    with pytest.raises(UsageError, match="GoEmotions"):
        _ = Prediction([], {"calm": 0.5}, 3, False).sentiment


def test_equal_ones_have_one_hash():
    backwards = Prediction(
        ["gratitude", "admiration"], dict([*prediction().scores.items()][::-1]), 5, False
    )
    assert backwards == prediction()
    assert len({prediction(), prediction(), backwards, prediction(labels=())}) == 2
    assert pickle.loads(pickle.dumps(prediction())) == copy.deepcopy(prediction()) == prediction()


def test_a_notebook_gets_bars_of_its_own():
    page = parsed(prediction(warnings=["not_english"])._repr_html_())
    assert page.tags == {"div", "span"}
    assert page.attributes == {"style"}
    assert "gratitude98.0%admiration31.4%joy20.0%" in page.text
    assert "warning: not english" in page.text
    assert "url(" not in prediction()._repr_html_()
    assert "color:inherit" in prediction()._repr_html_()


def test_a_label_becomes_text_never_markup():
    name = "<img src=x onerror=alert(1)>"
    page = parsed(Prediction([name], {name: 1.0}, 3, False)._repr_html_())
    assert page.tags == {"div", "span"}
    assert name in page.text


def test_the_runners_up_are_shown_too():
    assert prediction().with_runners_up() == ["gratitude", "admiration", "joy"]
    assert prediction(labels=()).with_runners_up() == ["gratitude", "admiration", "joy"]
    three = prediction(labels=("gratitude", "admiration", "joy"), love=0.1)
    assert three.with_runners_up() == ["gratitude", "admiration", "joy", "love"]
    assert prediction(labels=LABELS).with_runners_up() == list(LABELS)


def test_what_the_classifier_gives_is_one(tiny):
    found = tiny("so happy", threshold=0)
    assert found.labels == [name for name, _ in found.top(28)]
    assert len({found, tiny("so happy", threshold=0)}) == 1
