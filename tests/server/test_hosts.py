"""Whose name a request has to bear."""

import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from emoticare.errors import UsageError
from emoticare.server.config import host_names
from emoticare.server.middleware.hosts import is_loopback, own_names

from .conftest import running
from .sockets import connected, rest, status_of

STREAM = (
    b"GET /v1/stream HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
NOT_ONE = [b"", b"Host:\r\n", b"Host: localhost\r\nHost: localhost\r\n", b"Host: a b\r\n",
           b"Host: localhost, localhost\r\n", b"Host: localhost:x\r\n", b"Host: \xff\r\n",
           b"Host: localhost\r\nHost: evil.example\r\n", b"Host: user@localhost\r\n"]  # fmt: skip
FOREIGN = [b"evil.example", b"evil.example:8000", b"localhost.evil.example", b"127.0.0.2", b"[::2]",
           b"127.0.0.1.evil.example:80", b"0.0.0.0"]  # fmt: skip
OWN = [b"localhost", b"LOCALHOST:1", b"localhost.", b"127.0.0.1", b"127.0.0.1:8000", b"[::1]",
       b"[0:0:0:0:0:0:0:1]:80"]  # fmt: skip


def status(server, headers: bytes, version: bytes = b"1.1", path: bytes = b"/health") -> int:
    head = b"GET %s HTTP/%s\r\n%sConnection: close\r\n\r\n" % (path, version, headers)
    with connected(server, head) as client:
        return status_of(rest(client))


@pytest.fixture(scope="module")
def named(tiny):
    with running(lambda: tiny, allowed_hosts=("emo.example", "10.0.0.1")) as server:
        yield server


@pytest.fixture(scope="module")
def anyones(tiny):
    with running(lambda: tiny, allowed_hosts=("*",)) as server:
        yield server


@pytest.mark.parametrize("headers", NOT_ONE, ids=repr)
def test_a_host_that_is_not_one(server, anyones, headers):
    assert status(server, headers) == 400
    assert status(anyones, headers) == 400


@pytest.mark.parametrize("host", FOREIGN, ids=repr)
def test_a_foreign_host(server, anyones, host):
    for path in (b"/", b"/health", b"/v1/emotions", b"/nowhere"):
        assert status(server, b"Host: %s\r\n" % host, path=path) == 421
    assert status(anyones, b"Host: %s\r\n" % host) == 200


@pytest.mark.parametrize("host", OWN, ids=repr)
def test_its_own_host(server, named, host):
    assert status(server, b"Host: %s\r\n" % host) == 200
    assert status(named, b"Host: %s\r\n" % host) == 421


def test_names_that_are_given(named):
    assert status(named, b"Host: Emo.Example:443\r\n") == 200
    assert status(named, b"Host: 10.0.0.1\r\n") == 200
    assert status(named, b"Host: www.emo.example\r\n") == 421


def test_clients_of_http_1_0_know_no_host(server, anyones):
    assert status(anyones, b"", b"1.0") == 200
    assert status(server, b"", b"1.0") == 400


@pytest.mark.parametrize("headers", NOT_ONE, ids=repr)
def test_a_stream_without_one_host(server, headers):
    with connected(server, STREAM + headers + b"\r\n") as client:
        assert status_of(rest(client)) == 400


@pytest.mark.parametrize("host", FOREIGN, ids=repr)
def test_a_stream_for_a_foreign_host(server, host):
    for origin in (b"", b"Origin: http://%s\r\n" % host):
        with connected(server, STREAM + b"Host: %s\r\n%s\r\n" % (host, origin)) as client:
            assert status_of(rest(client)) == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
def test_a_stream_from_a_foreign_page(server, anyones, origin):
    for one in (server, anyones):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://{one.host}:{one.port}/v1/stream", origin=origin)
        assert refused.value.response.status_code == 403


def test_a_stream_from_its_own_page(server):
    url = f"ws://{server.host}:{server.port}/v1/stream"
    with connect(url, origin=server.url) as stream:
        stream.send('{"text": "no"}')
        assert "scores" in json.loads(stream.recv(timeout=60))


def test_a_refusal_quotes_nothing(server):
    with connected(
        server, b"GET / HTTP/1.1\r\nHost: secret\r\nConnection: close\r\n\r\n"
    ) as client:
        answer = rest(client)
    assert b"secret" not in answer
    assert b"content-security-policy" in answer
    assert b'"misdirected"' in answer


def test_names_by_default():
    assert set(own_names("127.0.0.1", ())) == {"localhost", "127.0.0.1", "::1"}
    assert "127.0.0.5" in own_names("127.0.0.5", ())
    assert own_names("0.0.0.0", ()) == own_names("emo.example", ()) == ("*",)
    assert own_names("127.0.0.1", ("emo.example",)) == ("emo.example",)
    assert [is_loopback(host) for host in ("localhost", "::1", "::", "10.0.0.1")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_names_as_they_are_written():
    assert host_names(["a.example, b.example", "[::1]", "*"]) == (
        "a.example", "b.example", "[::1]", "*",
    )  # fmt: skip
    for name in ("a.example:80", "http://a.example", "*.example", "a b"):
        with pytest.raises(UsageError, match="without ports"):
            host_names([name])
