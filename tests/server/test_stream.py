import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from .conftest import running, until


def url(server) -> str:
    return f"ws://{server.host}:{server.port}/v1/stream"


def ask(stream, message) -> dict:
    stream.send(message if isinstance(message, str) else json.dumps(message))
    return json.loads(stream.recv(timeout=60))


def test_a_chat(server, tiny):
    with connect(url(server)) as stream:
        for number, text in enumerate(["so happy", "", "i hate it"]):
            answer = ask(stream, {"text": text, "id": number, "top_k": 2})
            assert answer["id"] == number
            assert answer["labels"] == tiny(text).labels
            assert len(answer["scores"]) == 2
        assert "id" not in ask(stream, {"text": "no", "thresholds": {"joy": 0}})


def test_answers_keep_the_order(server, tiny):
    texts = [f"so happy {i}" for i in range(50)]
    with connect(url(server)) as stream:
        for text in texts:
            stream.send(json.dumps({"text": text, "id": text}))
        assert [json.loads(stream.recv(timeout=60))["id"] for _ in texts] == texts


@pytest.mark.parametrize(
    ("message", "error_type"),
    [
        ("secret", "malformed"),
        ("[" * 100_000, "malformed"),
        ('{"texts": ["secret"]}', "validation"),
        ('{"text": "a", "thresholds": {"secret": 1}}', "validation"),
        ('{"text": "a", "id": 1.5}', "validation"),
    ],
)
def test_a_bad_message_is_answered_and_the_stream_goes_on(server, message, error_type):
    with connect(url(server)) as stream:
        answer = ask(stream, message)
        assert answer["error_type"] == error_type
        assert "secret" not in answer["error"]
        assert "scores" in ask(stream, {"text": "no"})


def test_a_message_that_is_too_large_ends_the_stream(tiny):
    with running(lambda: tiny, max_body_bytes=1000) as server, connect(url(server)) as stream:
        stream.send("x" * 2000)
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=60)
        assert closed.value.rcvd.code == 1009


def test_bytes_are_read_as_json_too(server):
    with connect(url(server)) as stream:
        stream.send(b'{"text": "no"}')
        assert "scores" in stream.recv(timeout=60)
        stream.send(b"\xff\x00")
        assert json.loads(stream.recv(timeout=60))["error_type"] == "malformed"


def test_a_client_that_goes_costs_no_batch(scripted, gate):
    with running(lambda: scripted) as server, ThreadPoolExecutor() as pool:
        scripted.before = gate
        first = pool.submit(server.post, "/v1/emotions", {"text": "no"})
        until(lambda: gate.n_held == 1)
        with connect(url(server)) as stream:
            stream.send('{"text": "no"}')
            until(lambda: server.metric("emoticare_queue_texts") == 1)
        until(lambda: server.metric("emoticare_queue_texts") == 0)
        gate.is_open.set()
        assert first.result().status == 200
        until(lambda: server.metric("emoticare_open_streams") == 0)


def test_streams_are_limited(tiny):
    with running(lambda: tiny, max_concurrent_requests=1) as server:
        with connect(url(server)) as stream:
            assert "scores" in ask(stream, {"text": "no"})
            with pytest.raises(InvalidStatus) as refused:
                connect(url(server))
            answer = refused.value.response
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        until(lambda: server.metric("emoticare_open_streams") == 0)
        with connect(url(server)) as stream:
            assert "scores" in ask(stream, {"text": "no"})


def test_a_text_in_context(server, tiny_with_context):
    with running(lambda: tiny_with_context) as site, connect(url(site)) as stream:
        found = ask(stream, {"text": "so happy", "context": "I am sad", "id": "a"})
        alone = ask(stream, {"text": "so happy", "context_turns": 2})
    expected = tiny_with_context("so happy", context="I am sad")
    assert found["scores"] == pytest.approx(expected.scores, abs=2e-6)
    assert (found["id"], found["n_tokens"]) == ("a", expected.n_tokens)
    assert alone["scores"] == pytest.approx(tiny_with_context("so happy").scores, abs=2e-6)
    with connect(url(server)) as stream:
        refused = ask(stream, {"text": "so happy", "context": "secret"})
        assert refused["error_type"] == "validation"
        assert "reads each text alone" in refused["error"]
        assert "scores" in ask(stream, {"text": "no", "context": None})


def test_a_context_is_as_long_as_a_text_at_most(tiny_with_context):
    with (
        running(lambda: tiny_with_context, max_chars=100) as server,
        connect(url(server)) as stream,
    ):
        refused = ask(stream, {"text": "no", "context": "secret" * 20})
        assert "at most 100 characters" in refused["error"]
        assert "scores" in ask(stream, {"text": "no " * 30, "context": "why " * 25})
