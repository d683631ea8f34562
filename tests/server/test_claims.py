import json

import pytest
from starlette.requests import Request
from websockets.sync.client import connect

from emoticare.server.claims import Claim, Origin, Priority, claim_of


def connection(client=("10.0.0.1", 5), **headers) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "path": "/", "client": client, "headers": raw})


def claim(request, n_texts=1, *, asks_low=False, key_holder=None) -> Claim:
    return claim_of(request, n_texts, asks_low=asks_low, key_holder=key_holder)


@pytest.mark.parametrize(
    ("header", "is_low"),
    [
        ("", False),
        ("u=3", False),
        ("u=0, i", False),
        ("u=4", False),
        ("u=5", True),
        ("i, u=7", True),
        ("i,u=7;x", True),
        ("u=1, u=5", True),
        ("u=5, u=1", False),
        ("u=8", False),
        ("u=55", False),
        ("xu=5", False),
        ("low", False),
        ("é" * 1000, False),
    ],
)
def test_the_header_asks_for_low_priority_as_rfc_9218_says(header, is_low):
    priority = claim(connection(priority=header)).priority
    assert priority is (Priority.LOW if is_low else Priority.NORMAL)


def test_many_texts_or_the_body_make_it_low():
    assert claim(connection(), 32).priority is Priority.NORMAL
    assert claim(connection(), 33).priority is Priority.LOW
    assert claim(connection(), asks_low=True).priority is Priority.LOW
    assert claim(connection(priority="u=0"), 33).priority is Priority.LOW


def test_clients_are_told_apart_by_keys_only_where_keys_are_checked():
    first, second = (connection(authorization=f"Bearer {key}") for key in ("one", "two"))
    assert claim(first).client == claim(second).client == "10.0.0.1"
    assert claim(first, key_holder="web").client == "web"
    ours = [connection(client=(f"2001:db8::{host}", 5)) for host in (1, 2)]
    assert len({claim(request).client for request in ours}) == 1
    assert claim(connection(client=None)).client == ""


@pytest.fixture
def claims(server, monkeypatch) -> list[Claim]:
    """The claims of all that is put into the server's queue."""
    seen = []
    queue = server.service.scorer._queue
    put = queue.put

    def put_and_tell(job):
        seen.append(job.claim)
        put(job)

    monkeypatch.setattr(queue, "put", put_and_tell)
    return seen


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        ("/v1/emotions", {"texts": ["no"] * 33}, {}),
        ("/v1/emotions", {"text": "no", "priority": "low"}, {}),
        ("/v1/emotions", {"text": "No. Yes.", "spans": True, "priority": "low"}, {}),
        ("/v1/emotions", {"text": "no"}, {"Priority": "u=5"}),
        ("/predict", {"inputs": "no"}, {"Priority": "u=5, i"}),
        ("/", {"inputs": "no"}, {"Priority": "u=7"}),
        ("/v1/moderations", {"input": ["no"] * 33}, {}),
        ("/v1/explanations", {"text": "no"}, {"Priority": "u=6"}),
        ("/v1/conversations", {"turns": [{"text": "no"}] * 33}, {}),
    ],
)
def test_requests_that_let_others_go_first(server, claims, path, content, headers):
    assert server.post(path, content, **headers).status == 200
    assert set(claims) == {Claim("127.0.0.1", Priority.LOW)}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v1/emotions", {"texts": ["no"] * 32, "priority": "normal"}),
        ("/", {"inputs": ["no"] * 32}),
        ("/v1/moderations", {"input": "no"}),
        ("/v1/explanations", {"text": "no"}),
    ],
)
def test_all_others_do_not(server, claims, path, content):
    assert server.post(path, content, Priority="u=1, i").status == 200
    assert set(claims) == {Claim("127.0.0.1", Priority.NORMAL)}


def test_streams_have_a_priority_too(server, claims):
    url = f"ws://{server.host}:{server.port}/v1/stream"
    for header, priority in (("u=3", Priority.NORMAL), ("u=6", Priority.LOW)):
        claims.clear()
        with connect(url, additional_headers={"Priority": header}) as stream:
            stream.send(json.dumps({"text": "no"}))
            assert json.loads(stream.recv(timeout=60))["labels"] is not None
        assert set(claims) == {Claim("127.0.0.1", priority)}


@pytest.mark.parametrize("priority", ["high", 1, None, ""])
def test_another_priority_is_no_request(server, priority):
    answer = server.post("/v1/emotions", {"text": "no", "priority": priority})
    assert answer.status == 422
    assert "priority" in answer.json["error"]


def test_where_texts_come_from_is_told_and_changes_nobodys_turn():
    one = claim_of(connection(), 1, asks_low=False, key_holder="web", key_name="web")
    assert one.origin == Origin("/", "web")
    assert one == Claim("web")
    assert claim(connection()).origin == Origin("/", "")
