from dataclasses import replace

import pytest

import emoticare
from emoticare.labels import LABELS
from emoticare.stages.decision import Thresholds

from .conftest import running

TEXTS = ["so happy", "i hate it", "", "😀 [CLS] \x00", "thanks " * 90]


def expected(prediction) -> dict:
    return {
        "labels": prediction.labels,
        "scores": {label: pytest.approx(x, abs=1e-6) for label, x in prediction.scores.items()},
        "n_tokens": prediction.n_tokens,
        "truncated": prediction.truncated,
        "warnings": prediction.warnings,
    }


def test_one_text_is_what_the_library_says(server, tiny):
    answer = server.post("/v1/emotions", {"text": "so happy"})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "results": [expected(tiny("so happy"))],
        "model": tiny.artifact.digest,
    }


def test_many_texts_keep_their_order(server, tiny):
    texts = TEXTS * 50
    results = server.post("/v1/emotions", {"texts": texts}).json["results"]
    assert results == [expected(prediction) for prediction in tiny.predict(texts)]
    assert results[4]["truncated"]


def test_no_texts_are_no_results(server):
    assert server.post("/v1/emotions", {"texts": []}).json["results"] == []


@pytest.mark.parametrize("thresholds", [None, 0.1, 0, 1, {"joy": 0.0, "fear": 1}])
def test_thresholds(server, tiny, thresholds):
    answer = server.post("/v1/emotions", {"text": "so happy", "thresholds": thresholds})
    assert answer.json["results"][0]["labels"] == tiny("so happy", threshold=thresholds).labels


def test_top_k_keeps_the_best(server, tiny):
    (result,) = server.post("/v1/emotions", {"text": "so happy", "top_k": 3}).json["results"]
    best = sorted(LABELS, key=lambda label: -tiny("so happy").scores[label])[:3]
    assert list(result["scores"]) == best
    (result,) = server.post("/v1/emotions", {"text": "so happy", "top_k": 99}).json["results"]
    assert len(result["scores"]) == 28


def test_groups(server, tiny):
    answer = server.post("/v1/emotions", {"texts": TEXTS, "groups": True, "top_k": 1})
    for result, prediction in zip(answer.json["results"], tiny.predict(TEXTS), strict=True):
        for name, scores in prediction.groups.items():
            assert result["groups"][name] == pytest.approx(scores, abs=1e-6)
    assert "groups" not in server.post("/v1/emotions", {"text": "no"}).json["results"][0]
    assert server.get("/info").json["groupings"]["sentiment"]["neutral"] == ["neutral"]


def test_groups_need_the_emotions_of_goemotions(tiny_artifact):
    config = tiny_artifact.config
    labels = ("praise", *config.labels[1:])
    per_label = dict.fromkeys(labels, 0.5)
    own = replace(config, labels=labels, thresholds=Thresholds(0.5, per_label))
    classifier = emoticare.load(replace(tiny_artifact, config=own))
    with running(lambda: classifier) as server:
        answer = server.post("/v1/emotions", {"text": "no", "groups": True})
        assert (answer.status, answer.json["error_type"]) == (422, "validation")
        assert "without groups" in answer.json["error"]
        assert server.get("/info").json["groupings"] == {}


LONG = "So happy. I am sad.\r\n\r\n- caf\u00e9 \U0001f600! I hate it, really. No. " + "why " * 99


def test_spans_are_what_the_library_reads(server, tiny):
    body = {"texts": [LONG, "", "so happy"], "spans": True, "groups": True}
    results = server.post("/v1/emotions", body).json["results"]
    for text, result in zip(body["texts"], results, strict=True):
        document = tiny.read(text)
        assert result["labels"] == document.labels
        assert result["scores"] == pytest.approx(document.scores, abs=1e-6)
        assert result["truncated"] is False
        found = [(s["start"], s["end"], s["labels"]) for s in result["sentences"]]
        assert found == [(s.start, s.end, s.labels) for s in document.sentences]
        for mine, expected in zip(result["sentences"], document.sentences, strict=True):
            assert mine["scores"] == pytest.approx(expected.scores, abs=1e-6)
            assert set(mine["groups"]) == {"ekman", "sentiment"}


def test_spans_with_thresholds_and_the_best_scores(server, tiny):
    body = {"text": LONG, "spans": True, "thresholds": {"joy": 0.0}, "top_k": 2}
    (result,) = server.post("/v1/emotions", body).json["results"]
    assert result["labels"] == tiny.read(LONG, threshold={"joy": 0.0}).labels
    assert all(len(x["scores"]) == 2 for x in (result, *result["sentences"]))


def test_too_many_sentences_are_refused(tiny):
    with running(lambda: tiny, max_texts=5, max_queue_texts=40) as server:
        answer = server.post("/v1/emotions", {"texts": ["No. Why? " * 10] * 3, "spans": True})
        assert (answer.status, answer.json["error_type"]) == (422, "validation")
        assert "at most 40 sentences" in answer.json["error"]
        answer = server.post("/v1/emotions", {"texts": ["No. " * 10] * 3, "spans": True})
        assert len(answer.json["results"][2]["sentences"]) == 10


def test_half_an_emoji_costs_a_character(server, tiny):
    body = b'{"text": "so happy \\ud83d"}'
    answer = server.request("POST", "/v1/emotions", body, Content_Type="application/json")
    assert answer.json["results"] == [expected(tiny("so happy \ud83d"))]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "text: Field required"),
        ({"text": "a", "texts": ["a"]}, "Extra inputs"),
        ({"text": 3}, "text: Input should be a valid string"),
        ({"texts": "secret"}, "texts: Input should be a valid list"),
        ({"texts": ["a", None]}, "texts.1: Input should be a valid string"),
        ({"text": "a", "threshold": 0.3}, "Extra inputs"),
        ({"text": "a", "thresholds": 2}, "less than or equal to 1"),
        ({"text": "a", "thresholds": "0.3"}, "thresholds"),
        ({"text": "a", "thresholds": {"secret": 0.3}}, "1 unknown"),
        ({"text": "a", "thresholds": {"joy": 7}}, "less than or equal to 1"),
        ({"text": "a", "top_k": 0}, "greater than or equal to 1"),
        ({"text": "a", "top_k": True}, "top_k"),
        ({"text": "a", "groups": "secret"}, "groups"),
        ({"text": "a", "spans": 1}, "spans"),
        ("secret", "body: "),
        ([], "body: "),
        (None, "body"),
    ],
    ids=repr,
)
def test_what_is_wrong_is_said_and_not_quoted(server, body, said):
    answer = server.post("/v1/emotions", body)
    assert answer.status == 422
    assert set(answer.json) == {"error", "error_type"}
    assert answer.json["error_type"] == "validation"
    assert said in answer.json["error"]
    assert "secret" not in answer.json["error"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"text": "secret', b"\xff\xfe", b"[" * 100_000, b'{"text": NaN}', b"9" * 5000],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_is_refused(server, body):
    answer = server.request("POST", "/v1/emotions", body, Content_Type="application/json")
    assert answer.status in (400, 422)
    assert set(answer.json) == {"error", "error_type"}
    assert b"secret" not in answer.content
