"""SillyTavern's Extras: what its extension for expressions asks for."""

import pytest

from emoticare.labels import LABELS

from .conftest import running

TEXT = "so happy"


def test_classify_gives_all_labels_best_first(server, tiny):
    answer = server.post("/api/classify", {"text": TEXT})
    assert answer.status == 200
    scores = tiny(TEXT).scores
    best = sorted(scores, key=lambda label: -scores[label])
    assert answer.json == {
        "classification": [
            {"label": label, "score": pytest.approx(scores[label], abs=1e-6)} for label in best
        ]
    }
    assert server.post("/api/classify", {"text": ""}).status == 200


def test_a_line_may_have_the_conversation_before_it(server, tiny_with_context):
    body = {"text": TEXT, "context": "I hate it.\nwhy"}
    with running(lambda: tiny_with_context) as with_context:
        found = with_context.post("/api/classify", body).json["classification"]
        alone = with_context.post("/api/classify", {"text": TEXT}).json["classification"]
    scores = tiny_with_context(TEXT, context=body["context"]).scores
    assert {one["label"]: one["score"] for one in found} == pytest.approx(scores, abs=1e-6)
    assert found != alone
    refused = server.post("/api/classify", body)  # its model reads texts alone
    assert refused.status == 422
    assert "Leave the context out" in refused.json["error"]


def test_labels_and_modules(server):
    assert server.get("/api/classify/labels").json == {"labels": list(LABELS)}
    assert server.get("/api/modules").json == {"modules": ["classify"]}


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": ["a"]}], ids=repr)
def test_refusals(server, body):
    assert server.post("/api/classify", body).status == 422


def test_its_page_may_ask_from_where_it_is_served(tiny):
    origin = "http://127.0.0.1:8000"
    with running(lambda: tiny, api_keys=("key",), cors_origins=(origin,)) as server:
        preflight = server.request(
            "OPTIONS",
            "/api/classify",
            Origin=origin,
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="authorization,bypass-tunnel-reminder,content-type",
        )
        assert preflight.status == 200
        assert preflight.headers["access-control-allow-origin"] == origin
        for path in ("/api/modules", "/api/classify/labels"):
            assert server.get(path).status == 401
            assert server.get(path, Authorization="Bearer key").status == 200
