"""How many connections there may be, and who makes room for whom."""

import asyncio
import contextlib
import math
import os
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from emoticare.server import connections
from emoticare.server.config import ServerConfig
from emoticare.server.connections import Connections, Place
from emoticare.server.errors import OverloadedError

from .conftest import running, until
from .processes import serving
from .sockets import GET, POST, connected, is_open, rest, status_of

N_ATTACKING = 300
OPEN_FILES = 64


@dataclass
class Transport:
    """A connection that only knows whether it was ended."""

    is_aborted: bool = False

    def abort(self):
        self.is_aborted = True


def opened(all_of_them: Connections, address: str = "10.0.0.1") -> Place:
    return all_of_them.open(Transport(), address, lambda: None)


def limited(most: int, of_client: int = 1000) -> Connections:
    return Connections(ServerConfig(max_connections=most, max_connections_per_client=of_client))


def in_a_loop(test):
    def run():
        async def body():
            test()

        asyncio.run(body())

    return run


@in_a_loop
def test_the_longest_wait_ends_first():
    all_of_them = limited(3)
    first, second, third = (opened(all_of_them, f"10.0.0.{i}") for i in range(3))
    for place in (second, first, third):
        all_of_them.wait(place, 1.0)
    opened(all_of_them)
    assert [p.transport.is_aborted for p in (first, second, third)] == [False, True, False]
    all_of_them.close(second)  # as its connection is lost at last
    opened(all_of_them)
    assert first.transport.is_aborted


@in_a_loop
def test_whom_the_server_owes_an_answer_stays():
    all_of_them = limited(2)
    busy, waiting = opened(all_of_them), opened(all_of_them)
    all_of_them.wait(busy, 1.0)
    all_of_them.wait(waiting, 1.0)
    all_of_them.work(busy)
    assert busy.deadline_s == math.inf
    last = opened(all_of_them)
    assert (busy.transport.is_aborted, waiting.transport.is_aborted) == (False, True)
    with pytest.raises(OverloadedError):
        opened(all_of_them)
    all_of_them.close(last)
    opened(all_of_them)


@in_a_loop
def test_one_client_leaves_room_to_others():
    all_of_them = limited(10, of_client=2)
    other = opened(all_of_them, "10.0.0.2")
    all_of_them.wait(other, 1.0)
    own = [opened(all_of_them) for _ in range(2)]
    with pytest.raises(OverloadedError, match="one client"):
        opened(all_of_them)
    all_of_them.wait(own[1], 1.0)
    opened(all_of_them)
    assert own[1].transport.is_aborted
    assert not other.transport.is_aborted


@in_a_loop
def test_an_address_of_ip_6_is_its_network():
    all_of_them = limited(10, of_client=1)
    opened(all_of_them, "2001:db8::1")
    for same in ("2001:db8::2", "2001:db8:0:0:ffff::1%eth0"):
        with pytest.raises(OverloadedError):
            opened(all_of_them, same)
    opened(all_of_them, "2001:db8:0:1::1")


@in_a_loop
def test_streams_leave_room_to_requests():
    all_of_them = limited(10, of_client=4)
    for address in ("10.0.0.1", "10.0.0.2"):
        for _ in range(2):
            all_of_them.become_stream(opened(all_of_them, address))
        with pytest.raises(OverloadedError):
            all_of_them.become_stream(opened(all_of_them, address))
    all_of_them.become_stream(opened(all_of_them, "10.0.0.3"))
    with pytest.raises(OverloadedError):
        all_of_them.become_stream(opened(all_of_them, "10.0.0.4"))


def test_no_more_than_the_system_allows(monkeypatch):
    monkeypatch.setattr(connections, "most_open_files", lambda: 4)
    asyncio.run(_fill(limited(1000), 2))


async def _fill(all_of_them: Connections, n_places: int) -> None:
    for _ in range(n_places):
        opened(all_of_them)
    with pytest.raises(OverloadedError):
        opened(all_of_them)


def test_one_too_many_is_told(scripted, gate):
    with running(lambda: scripted, max_connections=2) as server, ExitStack() as stack:
        scripted.before = gate
        request = POST + b"Content-Length: 13\r\nConnection: close\r\n\r\n" + b'{"text": "a"}'
        held = [stack.enter_context(connected(server, request)) for _ in range(2)]
        until(lambda: server.service.n_open == 2)
        with connected(server) as client:
            assert status_of(rest(client)) == 429
        gate.is_open.set()
        assert [status_of(rest(client)) for client in held] == [200, 200]
        until(lambda: not server.web.server_state.connections)
        assert server.get("/health").status == 200


def test_open_streams_leave_room(tiny):
    with running(lambda: tiny, max_connections=8) as server, ExitStack() as stack:
        url = f"ws://{server.host}:{server.port}/v1/stream"
        streams = [stack.enter_context(connect(url)) for _ in range(4)]
        with pytest.raises(InvalidStatus) as refused:
            connect(url)
        assert refused.value.response.status_code == 429
        assert server.get("/health").status == 200
        streams[0].close()
        until(lambda: len(server.web.server_state.connections) == 3)
        stack.enter_context(connect(url)).send('{"text": "no"}')


def test_others_are_heard_while_one_holds_all_it_may(tiny):
    if sys.platform != "linux":
        pytest.skip("needs a second address of this machine")
    with running(lambda: tiny, max_connections_per_client=4) as server, ExitStack() as stack:
        held = [stack.enter_context(connected(server, GET)) for _ in range(12)]
        until(lambda: sum(map(is_open, held)) == 4)
        client = socket.create_connection((server.host, server.port), 60, ("127.0.0.2", 0))
        with client:
            client.sendall(GET + b"Connection: close\r\n\r\n")
            assert status_of(rest(client)) == 200
        assert sum(map(is_open, held)) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="counts a process' open files")
@pytest.mark.parametrize(
    "first",
    [b"", GET, GET + b"Content-Length: 9\r\n\r\n", POST + b"Content-Length: 9\r\n\r\n{"],
    ids=["silent", "half a head", "a body nobody wants", "half a body"],
)
def test_few_files_are_enough_under_attack(crowded, first):
    with ExitStack() as stack:
        attacking = []
        for number in range(N_ATTACKING):
            with crowded.connection() as one:
                one.connect()
                client = stack.enter_context(one.sock.dup())
            with contextlib.suppress(OSError):
                client.sendall(first)
            attacking.append(client)
            if number % 50 == 0:
                assert crowded.status() == 200
        until(lambda: sum(map(is_open, attacking)) <= OPEN_FILES // 2)
        assert len(os.listdir(f"/proc/{crowded.process.pid}/fd")) < OPEN_FILES  # noqa: PTH208
        assert [crowded.status() for _ in range(5)] == [200] * 5


@pytest.fixture(scope="module")
def crowded(tiny_model_folder):
    with serving(tiny_model_folder, open_files=OPEN_FILES) as server:
        yield server
