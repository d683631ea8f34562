"""The process: how it starts, logs and ends."""

import json
import logging
import signal
import socket
import sys
import threading
import time

import pytest

from emoticare.errors import UsageError
from emoticare.server.config import ServerConfig
from emoticare.server.errors import EngineError
from emoticare.server.server import listen, serve

from .conftest import TIMEOUT_S, until
from .processes import log_lines, serving

JSON = {"Content-Type": "application/json"}
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


def post(connection, n_texts=1, text="so happy") -> int:
    connection.request("POST", "/v1/emotions", json.dumps({"texts": [text] * n_texts}), JSON)
    response = connection.getresponse()
    content = json.loads(response.read())
    assert response.status != 200 or len(content["results"]) == n_texts
    return response.status


@ON_UNIX
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_well(tiny_model_folder, sig):
    with serving(tiny_model_folder) as server:
        with server.connection() as connection:
            assert post(connection) == 200
        assert server.stop(sig) == 0
    lines = log_lines(server)
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    (request,) = [line for line in lines if line.get("route") == "/v1/emotions"]
    assert request["status"] == 200
    assert len(request["request_id"]) == 32
    assert not any("/health" in line for line in server.output)


@ON_UNIX
def test_what_is_accepted_is_finished(tiny_model_folder):
    with (
        serving(tiny_model_folder, "--batch-tokens", "64") as server,
        server.connection() as connection,
    ):
        body = json.dumps({"texts": ["so happy " * 60] * 1000})
        connection.request("POST", "/v1/emotions", body, JSON)
        until(lambda: server.metric("http_server_active_requests") == 2)  # one asks for metrics
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.status() in (503, 0))
        response = connection.getresponse()
        assert response.status == 200
        assert len(json.loads(response.read())["results"]) == 1000
        assert server.process.wait(TIMEOUT_S) == 0


@ON_UNIX
def test_a_body_that_never_ends_does_not_hold_up_the_end(tiny_model_folder):
    with (
        serving(tiny_model_folder, "--drain-timeout-s", "1") as server,
        server.connection() as connection,
    ):
        connection.putrequest("POST", "/v1/emotions")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
        start_s = time.monotonic()
        server.stop()
        assert time.monotonic() - start_s < 9


def test_a_model_that_does_not_answer_ends_the_server(scripted, monkeypatch):
    def crash(_):
        raise RuntimeError

    scripted.before = crash
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    with pytest.raises(EngineError, match="first text"):
        serve(ServerConfig(port=0), lambda: scripted)


def test_an_address_in_use_is_said():
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(UsageError, match="port"):
        listen("127.0.0.1", other.getsockname()[1])


def test_an_address_of_ip_6():
    if not socket.has_ipv6:
        pytest.skip("needs IPv6")
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
