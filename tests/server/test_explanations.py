import pytest

from .conftest import running

TEXT = "I hate the rain. I am so happy!"


def test_it_is_the_explanation_of_the_library(server, tiny):
    answer = server.post("/v1/explanations", {"text": TEXT})
    assert answer.status == 200
    explanation = tiny.explain(TEXT)
    assert answer.json.pop("model") == tiny.artifact.digest
    for name in ("words", "sentences"):
        for part, expected in zip(answer.json[name], getattr(explanation, name), strict=True):
            assert (part["start"], part["end"]) == (expected.start, expected.end)
            assert part["effects"] == pytest.approx(expected.effects, abs=2e-3)
    assert answer.json["labels"] == explanation.prediction.labels
    assert answer.json["scores"] == pytest.approx(explanation.prediction.scores, abs=1e-4)


def test_chosen_labels(server):
    answer = server.post("/v1/explanations", {"text": TEXT, "labels": ["joy"]})
    assert all(set(word["effects"]) == {"joy"} for word in answer.json["words"])
    assert len(answer.json["scores"]) == 28


@pytest.mark.parametrize("text", ["", "\x00", "so happy " * 5000, "\ud83d so"])
def test_any_text_is_an_answer(server, text):
    assert server.post("/v1/explanations", {"text": text}).status == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 3}, {"text": TEXT, "labels": ["kanarienvogel"]}, {"text": TEXT, "top_k": 1}],
)
def test_other_bodies_are_refused(server, body):
    answer = server.post("/v1/explanations", body)
    assert answer.status == 422
    assert b"kanarienvogel" not in answer.content


def test_copies_are_no_texts_in_the_metrics(tiny):
    with running(lambda: tiny) as server:
        before = server.metric("emoticare_labels_total")
        server.post("/v1/explanations", {"text": TEXT})
        assert server.metric("emoticare_labels_total") == before
        assert len(server.service.scorer._queue) == 0


def test_what_was_said_before_is_explained_too(tiny_with_context):
    said = "i love you \ud83d\ude00"
    with running(lambda: tiny_with_context, max_chars=40) as server:
        answer = server.post("/v1/explanations", {"text": TEXT, "context": said})
        assert answer.status == 200
        explanation = tiny_with_context.explain(TEXT, context=said)
        assert answer.json["scores"] == pytest.approx(explanation.prediction.scores, abs=1e-4)
        for name in ("words", "context"):
            parts = getattr(explanation, name)
            for part, expected in zip(answer.json[name], parts, strict=True):
                assert (part["start"], part["end"]) == (expected.start, expected.end)
                assert part["effects"] == pytest.approx(expected.effects, abs=2e-3)
        alone = server.post("/v1/explanations", {"text": TEXT})
        assert "context" not in alone.json
        for context in (None, "", " "):
            answer = server.post("/v1/explanations", {"text": TEXT, "context": context})
            assert answer.content == alone.content
        answer = server.post("/v1/explanations", {"text": TEXT, "context": "kanarienvogel" * 4})
        assert answer.status == 422
        assert b"at most 40 characters, found one of 52" in answer.content
        assert b"kanarienvogel" not in answer.content
        assert server.post("/v1/explanations", {"text": TEXT, "context": 3}).status == 422


def test_a_model_that_reads_texts_alone_takes_no_context(server):
    answer = server.post("/v1/explanations", {"text": TEXT, "context": "kanarienvogel"})
    assert answer.status == 422
    assert b"Expected texts without a context" in answer.content
    assert b"kanarienvogel" not in answer.content
    assert server.post("/v1/explanations", {"text": TEXT, "context": None}).status == 200
