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


@pytest.fixture(scope="module")
def in_context(tiny_with_context):
    limits = {"max_chars": 2_000_000, "max_body_bytes": 3_000_000}
    with running(lambda: tiny_with_context, **limits) as server:
        yield server


def test_texts_in_context_are_what_the_library_says(in_context, tiny_with_context):
    clf = tiny_with_context
    answer = in_context.post("/v1/emotions", {"text": "so happy", "context": "I am sad"})
    assert answer.json["results"] == [expected(clf("so happy", context="I am sad"))]
    texts = TEXTS * 40
    contexts = [None, "so happy", " ", "I hate it.\nWhy?", "😀 [SEP] \x00", "sad " * 90, ""] * 40
    body = {"texts": texts, "contexts": contexts[: len(texts)]}
    results = in_context.post("/v1/emotions", body).json["results"]
    assert results == [expected(one) for one in clf.predict(texts, context=body["contexts"])]
    alone = in_context.post("/v1/emotions", {"texts": texts, "contexts": None}).json["results"]
    assert alone == [expected(one) for one in clf.predict(texts)]


@pytest.mark.parametrize(
    "context", ["so happy " * 200_000, "x" * 2_000_000, " " * 2_000_000, "[" * 99, "\x00" * 99]
)
def test_a_context_of_any_kind_is_read(in_context, tiny_with_context, context):
    answer = in_context.post("/v1/emotions", {"text": "why", "context": context, "abstain": True})
    found = tiny_with_context("why", context=context, abstain=True)
    assert answer.json["results"] == [expected(found)]


def test_warnings_are_of_the_text_and_not_of_its_context(embedded):
    config = replace(embedded.artifact.config, reads_context=True)
    classifier = emoticare.load(replace(embedded.artifact, config=config))
    english, german = "That is very kind of you.", "Ich freue mich sehr auf unser Wiedersehen."
    with running(lambda: classifier) as server:
        body = {"texts": [english, german], "contexts": [german, english]}
        results = server.post("/v1/emotions", body).json["results"]
    assert [result["warnings"] for result in results] == [[], ["not_english"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"texts": ["a", "b"], "contexts": ["secret"]}, "as many contexts as texts"),
        ({"texts": [], "contexts": ["secret"]}, "as many contexts as texts"),
        ({"texts": ["a"], "contexts": "secret"}, "contexts: "),
        ({"texts": ["a"], "contexts": [3]}, "contexts.0: "),
        ({"texts": ["a"], "context": "secret"}, "Extra inputs"),
        ({"text": "a", "contexts": ["secret"]}, "Extra inputs"),
        ({"text": "a", "context": ["secret"]}, "context: "),
        ({"text": "a", "context": "secret", "spans": True}, "no context with spans"),
        ({"texts": ["a"], "contexts": ["secret"], "spans": True}, "no context with spans"),
        ({"text": "a", "context": "secret" * 400_000}, "at most 2000000 characters"),
        ({"text": "a", "context_turns": 1}, "Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_context_is_said_and_not_quoted(in_context, body, said):
    answer = in_context.post("/v1/emotions", body)
    assert (answer.status, answer.json["error_type"]) == (422, "validation")
    assert said in answer.json["error"]
    assert b"secret" not in answer.content


def test_a_model_that_reads_texts_alone_takes_no_context(server, in_context):
    for body in ({"text": "a", "context": "secret"}, {"texts": ["a"], "contexts": ["secret"]}):
        answer = server.post("/v1/emotions", body)
        assert (answer.status, answer.json["error_type"]) == (422, "validation")
        assert "this server's model reads each text alone" in answer.json["error"]
        assert b"secret" not in answer.content
    for body in ({"text": "a", "context": None}, {"text": "a", "context": ""}):
        assert server.post("/v1/emotions", body).status == 200
    takes, takes_none = (
        site.get("/openapi.json").json["components"]["schemas"] for site in (in_context, server)
    )
    assert takes["OneText"]["properties"].pop("context")["anyOf"][0]["maxLength"] == 2_000_000
    assert takes["ManyTexts"]["properties"].pop("contexts")
    assert takes["OneText"]["properties"].keys() == takes_none["OneText"]["properties"].keys()


def test_spans_go_with_contexts_that_say_nothing(in_context, tiny_with_context):
    (result,) = in_context.post(
        "/v1/emotions", {"texts": [LONG], "contexts": [None], "spans": True}
    ).json["results"]
    assert result["labels"] == tiny_with_context.read(LONG).labels
