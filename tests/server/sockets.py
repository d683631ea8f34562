"""Clients that write to the socket what no HTTP library would, and count what comes back."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .conftest import TIMEOUT_S, RunningServer

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def connected(server: RunningServer, first: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection((server.host, server.port), TIMEOUT_S) as client:
        client.sendall(first)
        yield client


def rest(client: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    received = []
    with suppress(ConnectionError):
        while chunk := client.recv(1 << 16):
            received.append(chunk)
    return b"".join(received)


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 where the connection was closed without one.

    An error has to have the server's own shape.
    """
    if not answer:
        return 0
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status >= 400:
        assert set(json.loads(body)) == {"error", "error_type"}
    return status


def is_open(client: socket.socket) -> bool:
    """Return whether the server has neither answered nor closed."""
    client.setblocking(False)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
