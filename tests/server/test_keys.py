"""Named keys as clients meet them."""

import json
import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from emoticare.server.keys.key_file import digest, new_key
from emoticare.server.keys.store import KeyStore
from emoticare.server.logs import FIELDS

from .conftest import RunningServer, running, until
from .processes import log_lines, serving
from .test_key_store import table
from .test_limits import refused
from .test_token_bucket import Clock, S

KEY = "k" * 40
TEXT = {"text": "no"}
PERSPECTIVE = "/v1alpha1/comments:analyze"
COMMENT = {"comment": {"text": "no"}, "languages": ["en"], "requestedAttributes": {"TOXICITY": {}}}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(tiny, tmp_path, clock, monkeypatch):
    """Start a server with a file of keys, and for whose limits time stands still."""
    monkeypatch.setattr("emoticare.server.app.KeyStore", partial(KeyStore, clock=clock))

    def start(content, classifier=tiny, **options):
        file = tmp_path / "keys.toml"
        file.write_text(content)
        return running(lambda: classifier, named_keys=file, **options)

    return start


def post(server: RunningServer, content=TEXT, key=KEY, path="/v1/emotions"):
    return server.post(path, content, Authorization=f"Bearer {key}")


def stream(server: RunningServer, key=KEY, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return connect(
        f"ws://{server.host}:{server.port}/v1/stream",
        additional_headers={"Authorization": f"Bearer {key}", **headers},
    )


def said(socket, message) -> dict:
    socket.send(json.dumps(message))
    return json.loads(socket.recv(timeout=60))


def lines_of(caplog, message: str) -> list[dict]:
    return [getattr(r, FIELDS) for r in caplog.records if r.getMessage() == message]


def test_requests_and_texts_over_quota(start, clock, caplog):
    limits = table("web", KEY, requests_per_minute=4, texts_per_minute=10)
    with caplog.at_level(logging.INFO, "emoticare.requests"), start(limits) as server:
        assert server.post("/v1/emotions", TEXT).status == 401
        answer = post(server, {"texts": ["no"] * 6})
        assert answer.status == 200
        assert (
            answer.headers["ratelimit-policy"]
            == '"requests";q=4;w=60, "texts";q=10;qu="texts";w=60'
        )
        assert answer.headers["ratelimit"] == '"requests";r=3;t=15, "texts";r=4;t=6'
        n_batches = server.metric("emoticare_batch_texts_count")
        answer = post(server, {"texts": ["no"] * 9})
        assert refused(answer, 429, "rate_limited")
        assert "10 texts a minute" in answer.json["error"]
        assert answer.headers["retry-after"] == "30"
        assert answer.headers["ratelimit"] == '"requests";r=2;t=15, "texts";r=4;t=6'
        assert server.metric("emoticare_batch_texts_count") == n_batches
        assert post(server, {"inputs": ["no"]}, path="/predict").status == 200
        assert post(server, {"input": ["no"]}, path="/v1/moderations").status == 200
        answer = post(server)
        assert refused(answer, 429, "rate_limited")
        assert "4 requests a minute" in answer.json["error"]
        assert answer.headers["retry-after"] == "15"
        clock.now_ns += 15 * S
        assert post(server).status == 200
        assert server.get("/info", Authorization=f"Bearer {KEY}").status == 200
        for name, n in (("requests", 5), ("texts", 9), ("refusals", 2)):
            assert server.metric(f'emoticare_key_{name}_total{{key="web"}}') == n
    lines = lines_of(caplog, "request")
    assert [line.get("n_texts") for line in lines[1:3]] == [6, None]
    assert all(line["key"] == "web" for line in lines[1:3])
    assert "key" not in lines[0]
    assert KEY not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v1/emotions", {"text": "so happy. so sad!", "spans": True}),
        ("/v1/explanations", {"text": "so happy today"}),
        ("/v1/conversations", {"turns": [{"text": "so happy"}, {"text": "no"}]}),
        ("/", {"inputs": "no"}),
        ("/models/emoticare", {"inputs": "no"}),
        ("/predict", {"inputs": "no"}),
        ("/v1/moderations", {"input": "no"}),
        (PERSPECTIVE, COMMENT),
        ("/beta/litellm_basic_guardrail_api", {"texts": ["no"], "input_type": "request"}),
        ("/api/classify", {"text": "no"}),
    ],
)
def test_every_route_counts_texts(start, path, content):
    with start(table("web", KEY, texts_per_minute=1)) as server:
        assert post(server, content, path=path).status == 200
        answer = post(server, content, path=path)
        assert answer.status == 429
        assert "1 texts a minute" in answer.content.decode()
        assert int(answer.headers["retry-after"]) > 1


@pytest.mark.parametrize("path", ["/v1/emotions", "/v1/moderations", PERSPECTIVE])
def test_refusals_have_the_shape_that_clients_know(start, path):
    limits = table("web", KEY, requests_per_minute=1, routes=f'["{path}"]')
    none, other = table("none", "n" * 40, routes='["/info"]'), "wrong" * 8
    with start(limits + none) as server:
        answers = [post(server, {}, key, path) for key in (other, "n" * 40, KEY, KEY)]
        models = server.get("/v1/models", Authorization=f"Bearer {KEY}")
    assert [answer.status for answer in answers] == [401, 403, answers[2].status, 429]
    unauthorized, forbidden, _, limited = (answer.json["error"] for answer in answers)
    if path == "/v1/emotions":
        types = [answer.json["error_type"] for answer in answers]
        assert types == ["unauthorized", "forbidden", "validation", "rate_limited"]
    elif path == "/v1/moderations":
        assert unauthorized["code"] == "invalid_api_key"
        assert (forbidden["type"], forbidden["code"]) == ("invalid_request_error", "forbidden")
        assert (limited["type"], limited["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    else:
        found = [(error["code"], error["status"]) for error in (unauthorized, forbidden, limited)]
        assert found == [
            (401, "UNAUTHENTICATED"),
            (403, "PERMISSION_DENIED"),
            (429, "RESOURCE_EXHAUSTED"),
        ]
    assert models.status == 403
    assert models.json["error"]["code"] == "forbidden"
    assert answers[3].headers["retry-after"] == "60"


def test_a_key_may_stand_where_its_client_puts_it(start):
    with start(table("web", KEY, requests_per_minute=6)) as server:
        assert server.post("/v1/emotions", TEXT, X_Api_Key=KEY).headers["ratelimit"]
        assert server.post(f"{PERSPECTIVE}?key={KEY}", COMMENT).status == 200
        assert server.metric('emoticare_key_requests_total{key="web"}') == 2
        for _ in range(10):
            assert server.post(f"{PERSPECTIVE}?key=guess", COMMENT).status == 401
        answer = server.post(f"{PERSPECTIVE}?key=guess", COMMENT)
        assert (answer.status, answer.json["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert server.post("/v1/emotions", TEXT, X_Api_Key="guess").status == 429
        assert server.post("/v1/emotions", TEXT, X_Api_Key=KEY).status == 200


def test_clients_take_turns_by_the_names_of_their_keys(start, monkeypatch):
    with start(table("web", KEY), api_keys=("short",)) as server:
        claims = []
        queue = server.service.scorer._queue
        put = queue.put
        monkeypatch.setattr(queue, "put", lambda job: (claims.append(job.claim.client), put(job)))
        assert post(server).status == post(server, key="short").status == 200
        assert server.post("/v1/emotions", TEXT, X_Api_Key="short").status == 200
        with stream(server) as socket:
            assert "scores" in said(socket, TEXT)
    assert claims == ["web", digest("short").hex(), digest("short").hex(), "web"]


def test_an_explanation_costs_what_the_model_reads(start):
    with start(table("web", KEY, texts_per_minute=100)) as server:
        answer = post(server, {"text": "so happy and so sad"}, path="/v1/explanations")
        assert answer.status == 200
        n_left = int(re.search(r"r=(\d+)", answer.headers["ratelimit"])[1])
        assert n_left < 96


def test_messages_of_a_stream_over_quota(start, caplog):
    trace = "0af7651916cd43dd8448eb211c80319c"
    limits = table("web", KEY, texts_per_minute=3)
    with caplog.at_level(logging.INFO, "emoticare.requests"), start(limits) as server:
        with stream(server, traceparent=f"00-{trace}-b7ad6b7169203331-01") as socket:
            for _ in range(3):
                assert "scores" in said(socket, TEXT)
            answer = said(socket, TEXT)
            assert answer["error_type"] == "rate_limited"
            assert "Try again in" in answer["error"]
        until(lambda: lines_of(caplog, "stream"))
    (line,) = lines_of(caplog, "stream")
    assert (line["status"], line["key"], line["n_texts"]) == (101, "web", 3)
    assert line["trace_id"] == trace


def test_streams_and_requests_at_a_time(start, scripted, gate):
    with (
        start(table("web", KEY, concurrency=1) + table("shop", "shop"), scripted) as server,
        ThreadPoolExecutor() as pool,
    ):
        with stream(server), pytest.raises(InvalidStatus) as refusal, stream(server):
            pass
        assert refusal.value.response.status_code == 429
        assert refusal.value.response.headers["Retry-After"] == "1"
        scripted.before = gate
        first = pool.submit(post, server)
        until(lambda: server.service.n_open == 1)
        assert refused(post(server), 429, "rate_limited")
        second = pool.submit(post, server, key="shop")
        until(lambda: server.service.n_open == 2)
        gate.is_open.set()
        assert first.result().status == second.result().status == 200


def test_a_key_for_some_routes(start):
    limits = table("web", KEY, routes='["/v1/emotions", "/info"]')
    with start(limits) as server:
        assert post(server).status == 200
        assert server.get("/info", Authorization=f"Bearer {KEY}").status == 200
        assert refused(post(server, {"inputs": "no"}, path="/"), 403, "forbidden")
        assert refused(post(server, path="/v1/emotions%0A"), 403, "forbidden")
        with pytest.raises(InvalidStatus) as refusal, stream(server):
            pass
        assert refusal.value.response.status_code == 403


def test_a_new_file_holds_for_open_streams_too(start, clock, tmp_path):
    with start(table("web", KEY)) as server, stream(server) as socket:
        assert "scores" in said(socket, TEXT)
        (tmp_path / "keys.toml").write_text(table("web", "another"))
        os.utime(tmp_path / "keys.toml", (1, 1))
        assert "scores" in said(socket, TEXT)
        clock.now_ns += S
        assert said(socket, TEXT)["error_type"] == "unauthorized"
        assert post(server, key="another").status == 200
        assert post(server).status == 401


def test_many_wrong_keys_are_not_free(start, clock):
    with start(table("web", KEY), api_keys=("short",)) as server:
        answers = [post(server, key=f"guess-{i}") for i in range(30)]
        assert [answer.status for answer in answers] == [401] * 10 + [429] * 20
        assert refused(answers[-1], 429, "rate_limited")
        assert answers[-1].headers["retry-after"] == "6"
        # A right key is served at once if nobody could have guessed it, and not if it is short.
        assert post(server).status == 200
        assert post(server, key="l" * 40).status == 429
        assert post(server, key="short").status == 429
        assert server.post("/v1/emotions", TEXT).status == 401
        for probe in ("/livez", "/readyz", "/health"):
            assert server.get(probe, Authorization="Bearer guess").status == 200
        with stream(server) as socket:
            assert "scores" in said(socket, TEXT)
        with pytest.raises(InvalidStatus) as refusal, stream(server, key="guess"):
            pass
        assert refusal.value.response.status_code == 429
        clock.now_ns += 6 * S
        assert post(server, key="short").status == 200


def test_what_is_no_key_is_no_guess(start):
    with start(table("web", KEY)) as server:
        for sent in ("", "Bearer", "Bearer ", "Basic x") * 6:
            assert server.post("/v1/emotions", TEXT, Authorization=sent).status == 401
        assert post(server, key="guess").status == 401


def test_pages_of_other_sites_can_read_what_is_left(start):
    site = "https://chat.example"
    with start(table("web", KEY, texts_per_minute=3), cors_origins=(site,)) as server:
        answer = server.post("/v1/emotions", TEXT, Authorization=f"Bearer {KEY}", Origin=site)
        assert "RateLimit-Policy" in answer.headers["access-control-expose-headers"]
        preflight = server.request(
            "OPTIONS",
            "/v1/emotions",
            Origin=site,
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="content-type,x-api-key",
        )
        assert preflight.status == 200


def test_the_document_asks_for_a_key(start):
    with start(table("web", KEY)) as server:
        document = server.get("/openapi.json").json
        assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
        assert "403" in document["paths"]["/v1/emotions"]["post"]["responses"]


def test_a_process_with_a_file_of_keys(tiny_model_folder, tmp_path):
    key, lines = new_key("web")
    (tmp_path / "keys.toml").write_text(lines)
    options = ("--named-keys", str(tmp_path / "keys.toml"))
    trace = "0af7651916cd43dd8448eb211c80319c"
    with serving(tiny_model_folder, *options) as server:
        with server.connection() as connection:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            headers["traceparent"] = f"00-{trace}-b7ad6b7169203331-01"
            connection.request("POST", "/v1/emotions", json.dumps(TEXT), headers)
            assert connection.getresponse().status == 200
        server.stop()
    (line,) = (line for line in log_lines(server) if line.get("route") == "/v1/emotions")
    assert (line["key"], line["n_texts"], line["trace_id"]) == ("web", 1, trace)
    assert key not in "".join(server.output)
