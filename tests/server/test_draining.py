"""How a process ends under a load of requests: none that it has accepted is lost."""

import http.client
import json
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from .conftest import TIMEOUT_S, running, until
from .processes import Clients, ServerProcess, serving

JSON = {"Content-Type": "application/json"}
BODY = json.dumps({"texts": ["so happy " * 20] * 10})
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


def get(server: ServerProcess, path: str) -> http.client.HTTPResponse:
    with server.connection() as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response


@ON_UNIX
@pytest.mark.parametrize(("opens_anew", "delay_s"), [(False, "0"), (False, "0.6"), (True, "0.3")])
def test_terminating_loses_no_accepted_request(tiny_model_folder, opens_anew, delay_s):
    with serving(tiny_model_folder, "--drain-delay-s", delay_s) as server:
        clients = Clients(server, opens_anew=opens_anew)
        with clients.asking():
            assert server.stop() == 0
    assert clients.lost == []
    assert set(clients.statuses) == {200}
    assert clients.n_refused > 0


@ON_UNIX
def test_while_it_is_not_ready_it_serves_and_asks_to_connect_anew(tiny_model_folder):
    with (
        serving(tiny_model_folder, "--drain-delay-s", "30") as server,
        server.connection() as kept,
    ):
        assert get(server, "/readyz").getheader("Connection") is None
        kept.request("POST", "/v1/emotions", BODY, JSON)
        assert kept.getresponse().read()
        server.process.send_signal(signal.SIGTERM)
        until(lambda: get(server, "/readyz").status == 503)
        assert get(server, "/health").status == 503
        assert get(server, "/livez").status == 200
        kept.request("POST", "/v1/emotions", BODY, JSON)
        response = kept.getresponse()
        assert (response.status, response.getheader("Connection")) == (200, "close")
        assert server.stop() == 0  # a second signal does not wait


@ON_UNIX
def test_an_idle_connection_does_not_hold_up_the_end(tiny_model_folder):
    with serving(tiny_model_folder) as server, server.connection() as idle:
        idle.connect()
        assert server.stop() == 0


def test_what_waits_in_the_socket_is_answered(tiny):
    with running(lambda: tiny, drain_timeout_s=TIMEOUT_S) as server:
        server.web.handle_exit(signal.SIGTERM, None)
        connections = []
        while not server.service.traffic.is_closing:
            try:
                connections.append(socket.create_connection((server.host, server.port), 0.1))
                time.sleep(0.001)  # fewer than a client may have open
            except OSError:  # ignored, or refused
                break
        for connection in connections:
            with connection:
                connection.settimeout(TIMEOUT_S)
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_stream_ends_with_the_server(scripted, gate):
    with running(lambda: scripted, drain_delay_s=0.5) as server, ThreadPoolExecutor() as pool:
        url = f"ws://{server.host}:{server.port}/v1/stream"
        with connect(url) as stream:
            server.web.handle_exit(signal.SIGTERM, None)
            with pytest.raises(InvalidStatus) as refused:
                connect(url)
            assert refused.value.response.status_code == 503
            assert b"unavailable" in refused.value.response.body
            assert "scores" in ask(stream)
            scripted.before = gate
            held = pool.submit(server.post, "/v1/emotions", {"text": "no"})
            until(lambda: server.service.traffic.is_closing)
            assert ask(stream)["error_type"] == "unavailable"
            gate.is_open.set()
            assert held.result().status == 200
            with pytest.raises(ConnectionClosed) as closed:
                stream.recv(timeout=TIMEOUT_S)
            assert closed.value.rcvd.code == 1012


def ask(stream) -> dict:
    stream.send(b'{"text": "no"}')
    return json.loads(stream.recv(timeout=TIMEOUT_S))
