"""What a client sends too much of, or too slowly, and what it does not read."""

import socket
import time
from contextlib import ExitStack, suppress

import pytest
from websockets.sync.client import connect

from emoticare.server import protocol

from .conftest import running, until
from .sockets import GET, POST, connected, is_open, rest, status_of

MANY = 20_000_000
STREAM = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
# A ping of 120 bytes, masked with zeros.
PING = b"\x89\xf8" + bytes(4) + b"p" * 120


@pytest.fixture(scope="module")
def strict(tiny):
    with running(lambda: tiny, max_headers=10, max_header_bytes=2000) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(tiny):
    limits = {"header_timeout_s": 1.0, "idle_timeout_s": 0.5, "body_timeout_s": 0.5}
    with running(lambda: tiny, **limits) as server:
        yield server


def n_taken(client: socket.socket, piece: bytes) -> int:
    """Return how many bytes of an endless message the server reads before it closes."""
    n_bytes = 0
    with suppress(OSError):
        while n_bytes < MANY:
            n_bytes += client.send(piece)
    return n_bytes


def test_as_much_as_is_allowed(strict):
    headers = b"".join(b"x-%d: y\r\n" % i for i in range(9))
    with connected(strict, GET + headers + b"Connection: close\r\n\r\n") as client:
        assert status_of(rest(client)) == 431  # eleven
    with connected(strict, GET + headers[:56] + b"Connection: close\r\n\r\n") as client:
        assert status_of(rest(client)) == 200
    with connected(strict, GET + b"x: " + b"y" * 1900 + b"\r\nConnection: close\r\n\r\n") as client:
        assert status_of(rest(client)) == 200


@pytest.mark.parametrize(
    "request_head",
    [
        GET + b"x: y\r\n" * 20 + b"\r\n",
        GET + b"x: " + b"y" * 2000 + b"\r\n\r\n",
        GET + b"x" * 2000 + b": y\r\n\r\n",
        b"GET /?" + b"y" * 2000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["many", "long", "a long name", "a long path"],
)
def test_headers_too_many_or_too_large(strict, request_head):
    with connected(strict, request_head) as client:
        assert status_of(rest(client)) == 431


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"", b"\r\n" * 1000),
        (GET, b"x: y\r\n" * 1000),
        (GET + b"x: ", b"y" * 4000),
        (GET, b"x" * 4000),
        (b"", b"G" * 4000),
        (b"GET /", b"y" * 4000),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 1000),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nx: ", b"y" * 4000),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2;", b"y" * 4000),
    ],
    ids=["empty lines", "headers", "a header", "a name", "a method", "a path", "trailers",
         "a trailer", "an extension"],
)  # fmt: skip
def test_what_never_ends_is_not_read_on(strict, first, piece):
    with connected(strict, first) as client:
        # Most of it lies in the buffers of the system, and was never read.
        assert n_taken(client, piece) < MANY
        assert status_of(rest(client)) in (0, 400, 408, 431)
    assert strict.get("/health").status == 200


def test_heads_that_do_not_come(hasty):
    with ExitStack() as stack:
        clients = {
            first: stack.enter_context(connected(hasty, first))
            for first in (b"", b"\r\n", b"G", GET, GET + b"x: y")
        }
        found = {first: status_of(rest(client)) for first, client in clients.items()}
    assert found == {first: 408 if first else 0 for first in clients}


def test_a_head_that_drips(hasty):
    with connected(hasty, GET) as client:
        until(lambda: not _takes(client, b"x"), timeout_s=10)
        assert hasty.get("/health").status == 200


def test_a_connection_is_not_kept_for_ever(hasty):
    for more in (b"", b"\r\n"):
        with connected(hasty, GET + b"\r\n") as client:
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
            until(lambda: not _takes(client, more), timeout_s=10)  # noqa: B023


@pytest.mark.parametrize("head", [GET, POST], ids=["no body is read", "a body is read"])
def test_a_body_that_drips(hasty, head):
    with connected(hasty, head + b"Content-Length: 100000\r\n\r\n{") as client:
        until(lambda: not _takes(client, b"x"), timeout_s=10)
    until(lambda: hasty.service.n_open == 0)


def test_a_body_in_pieces_is_waited_for(server):
    with connected(server, POST + b"Content-Length: 13\r\nConnection: close\r\n\r\n") as client:
        for piece in (b'{"te', b'xt": ', b'"a"}'):
            time.sleep(0.05)
            client.sendall(piece)
        assert status_of(rest(client)) == 200


def test_an_answer_is_waited_for(scripted, gate):
    with running(lambda: scripted, header_timeout_s=1, idle_timeout_s=0.1) as server:
        scripted.before = gate
        body = b"Content-Length: 13\r\nConnection: close\r\n\r\n" + b'{"text": "a"}'
        with connected(server, POST + body) as client:
            until(lambda: gate.n_held == 1)
            time.sleep(1.5)
            gate.is_open.set()
            assert status_of(rest(client)) == 200


def test_many_requests_ahead_of_their_answers(strict):
    with connected(strict, (GET + b"\r\n") * 1000) as client:
        assert rest(client).count(b"HTTP/1.1 200 ") < 1000
    with connected(strict, (GET + b"\r\n") * 4 + GET + b"Connection: close\r\n\r\n") as client:
        assert rest(client).count(b"HTTP/1.1 200 ") == 5


@pytest.mark.parametrize("content", [b"hello\r\n\r\n", b"\x16\x03\x01\x02", b"GET /\xff\r\n\r\n"])
def test_what_is_not_http(strict, content):
    with connected(strict, content) as client:
        assert status_of(rest(client)) == 400


def test_a_length_of_thousands_of_digits(strict):
    head = POST + b"Connection: close\r\nContent-Length: "
    for length, status in ((b"0" * 1700 + b"2", 422), (b"9" * 1700, 400)):
        with connected(strict, head + length + b"\r\n\r\n{}") as client:
            assert status_of(rest(client)) == status


def test_zeros_before_a_length(tiny):
    with running(lambda: tiny) as server, connected(server, POST) as client:
        client.sendall(b"Connection: close\r\nContent-Length: " + b"0" * 6000 + b"2\r\n\r\n{}")
        assert status_of(rest(client)) == 422


def test_answers_that_nobody_reads(tiny, monkeypatch):
    monkeypatch.setattr(protocol, "_WRITE_TIMEOUT_S", 0.3)
    with running(lambda: tiny) as server, connected(server) as client:
        request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with suppress(OSError):
            client.settimeout(0.2)
            while True:
                client.sendall(request)
        until(lambda: not server.web.server_state.connections)
        assert server.get("/health").status == 200


def test_pings_whose_answers_nobody_reads(tiny, monkeypatch):
    monkeypatch.setattr(protocol, "_WRITE_TIMEOUT_S", 0.5)
    with running(lambda: tiny) as server, connected(server, STREAM) as client:
        assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
        client.settimeout(0.2)
        assert n_taken(client, PING * 1000) < MANY
        until(lambda: not server.web.server_state.connections)
        with connect(f"ws://{server.host}:{server.port}/v1/stream") as stream:
            stream.send('{"text": "no"}')
            assert "scores" in stream.recv(timeout=60)


def test_a_stream_asked_for_before_an_answer(strict):
    with connected(strict, GET + b"\r\n" + STREAM) as client:
        assert b" 101 " not in rest(client)


def _takes(client: socket.socket, piece: bytes) -> bool:
    """Send a bit more, if there is any; return whether the server still has the connection."""
    time.sleep(0.05)
    try:
        client.sendall(piece)
    except OSError:
        return False
    return is_open(client)
