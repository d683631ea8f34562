import gzip
import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from .conftest import TIMEOUT_S, running, until

JSON = {"Content-Type": "application/json"}


def refused(answer, status: int, error_type: str) -> bool:
    assert set(answer.json) == {"error", "error_type"}
    return (answer.status, answer.json["error_type"]) == (status, error_type)


@pytest.fixture(scope="module")
def small(tiny):
    with running(
        lambda: tiny, max_texts=3, max_chars=10, max_body_bytes=200, body_timeout_s=0.3
    ) as server:
        yield server


def test_texts_and_characters(small):
    assert small.post("/v1/emotions", {"texts": ["a"] * 3}).status == 200
    assert refused(small.post("/v1/emotions", {"texts": ["a"] * 4}), 422, "validation")
    assert small.post("/v1/emotions", {"text": "a" * 10}).status == 200
    assert refused(small.post("/v1/emotions", {"text": "a" * 11}), 422, "validation")
    assert refused(small.post("/predict", {"inputs": [["a"]] * 4}), 422, "validation")
    assert refused(small.post("/", {"inputs": ["a"] * 4}), 422, "validation")


def test_a_body_that_says_it_is_too_large_is_not_read(small):
    with socket.create_connection((small.host, small.port), TIMEOUT_S) as client:
        client.sendall(
            b"POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_say_is_counted(small):
    connection = http.client.HTTPConnection(small.host, small.port, timeout=TIMEOUT_S)
    body = (b"x" * 50 for _ in range(5))
    connection.request("POST", "/v1/emotions", body, JSON, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error_type"] == "too_large"
    connection.close()


def test_a_slow_body_is_not_waited_for(small):
    with socket.create_connection((small.host, small.port), TIMEOUT_S) as client:
        client.sendall(
            b"POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 408 ")
    until(lambda: small.service.n_open == 0)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type(small, media_type):
    answer = small.request("POST", "/v1/emotions", '{"text": "a"}', Content_Type=media_type)
    assert refused(answer, 415, "media_type")


@pytest.mark.parametrize("coding", ["gzip", "identity, gzip", "br", "nonsense"])
def test_a_compressed_body(small, coding):
    body = gzip.compress(b" " * 1_000_000 + b'{"text": "a"}')
    headers = {"Content_Type": "application/json", "Content_Encoding": coding}
    for path in ("/v1/emotions", "/"):
        answer = small.request("POST", path, body, **headers)
        assert refused(answer, 415, "media_type")
        assert answer.headers["accept-encoding"] == "identity"
    headers["Content_Encoding"] = "Identity"
    assert small.request("POST", "/v1/emotions", '{"text": "a"}', **headers).status == 200


def test_a_media_type_with_a_charset(small):
    answer = small.request(
        "POST", "/v1/emotions", '{"text": "a"}', Content_Type="Application/JSON; charset=utf-8"
    )
    assert answer.status == 200


def test_a_long_query(small):
    longest = "a=b&" * 1024
    assert small.get(f"/info?{longest}").status == 200
    for path in ("/info", "/", "/nowhere", "/metrics"):
        assert refused(small.get(f"{path}?{longest}&"), 414, "query_too_long")
    answer = small.post(f"/v1/emotions?{longest}&", {"text": "a"})
    assert refused(answer, 414, "query_too_long")
    assert small.get(f"/v1/models?{longest}&").json["error"]["code"] == "query_too_long"
    with (
        pytest.raises(InvalidStatus) as stream,
        connect(f"ws://{small.host}:{small.port}/v1/stream?{longest}&"),
    ):
        pass
    assert stream.value.response.status_code == 414


def test_too_many_requests_at_a_time(scripted, gate):
    with (
        running(lambda: scripted, max_concurrent_requests=4) as server,
        ThreadPoolExecutor() as pool,
    ):
        scripted.before = gate
        held = [pool.submit(server.post, "/v1/emotions", {"text": "no"}) for _ in range(4)]
        until(lambda: server.service.n_open == 4)
        answer = server.post("/v1/emotions", {"text": "no"})
        assert refused(answer, 429, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
        assert server.get("/health").status == 200
        gate.is_open.set()
        assert [answer.result().status for answer in held] == [200] * 4
        assert server.post("/v1/emotions", {"text": "no"}).status == 200


def test_a_full_queue_and_its_deadline(scripted, gate):
    options = {"max_texts": 8, "max_queue_texts": 8, "queue_timeout_s": 0.3}
    with running(lambda: scripted, **options) as server, ThreadPoolExecutor() as pool:
        scripted.before = gate
        first = pool.submit(server.post, "/v1/emotions", {"text": "no"})
        until(lambda: gate.n_held == 1)
        waiting = pool.submit(server.post, "/v1/emotions", {"texts": ["no"] * 8})
        until(lambda: server.metric("emoticare_queue_texts") == 8)
        assert refused(server.post("/v1/emotions", {"text": "no"}), 429, "overloaded")
        late = waiting.result()
        assert refused(late, 503, "unavailable")
        assert late.headers["retry-after"]
        gate.is_open.set()
        assert first.result().status == 200


def test_a_client_that_hangs_up_costs_no_batch(scripted, gate):
    with running(lambda: scripted) as server, ThreadPoolExecutor() as pool:
        scripted.before = gate
        first = pool.submit(server.post, "/v1/emotions", {"text": "no"})
        until(lambda: gate.n_held == 1)
        connection = http.client.HTTPConnection(server.host, server.port)
        connection.request("POST", "/v1/emotions", json.dumps({"texts": ["no"] * 9}), JSON)
        until(lambda: server.metric("emoticare_queue_texts") == 9)
        connection.close()
        until(lambda: server.metric("emoticare_queue_texts") == 0)
        n_batches = len(scripted.batches)
        gate.is_open.set()
        assert first.result().status == 200
        until(lambda: server.service.n_open == 0)
        assert len(scripted.batches) == n_batches
        assert 'http_response_status_code="499"' in server.get("/metrics").content.decode()


def test_overload_is_answered_every_time(tiny):
    statuses = []
    with running(
        lambda: tiny, max_concurrent_requests=8, max_texts=64, max_queue_texts=64
    ) as server:

        def hammer():
            answers = [server.post("/v1/emotions", {"texts": ["so happy"] * 20}) for _ in range(20)]
            statuses.extend(answer.status for answer in answers)

        threads = [threading.Thread(target=hammer) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT_S)
        assert len(statuses) == 24 * 20
        assert set(statuses) <= {200, 429, 503}
        assert 200 in statuses
        assert 429 in statuses
        assert server.get("/health").status == 200
        until(lambda: server.service.n_open == 0)
        assert server.metric("emoticare_queue_texts") == 0


def test_the_event_loop_answers_while_the_model_works(scripted, gate):
    with running(lambda: scripted) as server, ThreadPoolExecutor() as pool:
        scripted.before = gate
        work = [pool.submit(server.post, "/v1/emotions", {"text": "no"}) for _ in range(5)]
        until(lambda: gate.n_held == 1)
        assert [server.get("/health").status for _ in range(5)] == [200] * 5
        assert not any(answer.done() for answer in work)
        gate.is_open.set()
        assert all(answer.result().status == 200 for answer in work)


@pytest.mark.parametrize("suffix", ["%0A", "%0D%0A", "/", "//", "%00", "%20", "%2F", "?x=%0A"])
def test_no_spelling_of_a_path_passes_a_limit(small, suffix):
    body = b'{"text": "a", "inputs": "a", "input": "a"}' + 5_000_000 * b" "
    routes = small.get("/openapi.json").json["paths"]
    assert {"/", "/predict", "/v1/emotions", "/v1/explanations"} <= set(routes)
    assert {"/v1alpha1/comments:analyze", "/beta/litellm_basic_guardrail_api"} <= set(routes)
    assert {"/v1/moderations", "/api/classify"} <= set(routes)
    for route in routes:
        for path in (route + suffix, route.upper(), route.replace("/", "//", 1), "/%2e" + route):
            connection = http.client.HTTPConnection(small.host, small.port, timeout=TIMEOUT_S)
            try:
                connection.request("POST", path, body, JSON)
                status = connection.getresponse().status
            except (BrokenPipeError, ConnectionResetError):
                status = 413  # the server has closed before all was sent
            finally:
                connection.close()
            assert status in (404, 405, 413, 422), path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/moderations", {"input": ["a"] * 4}),
        ("/v1/moderations", {"input": "a" * 11}),
        ("/v1alpha1/comments:analyze", {"comment": {"text": "a" * 11}}),
        ("/beta/litellm_basic_guardrail_api", {"texts": ["a"] * 4}),
        ("/beta/litellm_basic_guardrail_api", {"texts": ["a" * 11]}),
        ("/api/classify", {"text": "a" * 11}),
    ],
    ids=repr,
)
def test_the_same_limits_for_other_services_clients(small, path, body):
    assert small.post(path, body).status in (400, 422)
    assert small.post(path, {"text": "a" * 200}).status == 413
