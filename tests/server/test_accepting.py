import asyncio
import socket
import sys
import threading
from contextlib import ExitStack

import pytest

from emoticare.server.accepting import Acceptor, ignore_new_connections

N_CLIENTS = 200
ROUNDS = 10


async def n_accepted(
    stack: ExitStack, *, is_closed: bool = False, is_in_turn=None, pause_s: float = 0
) -> int:
    """Return how many of the connections that wait are taken in a few rounds of the loop."""
    transports = []

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            transports.append(transport)
            stack.callback(transport.abort)

    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=N_CLIENTS))
    acceptor = Acceptor([listener], Protocol, is_in_turn)
    stack.callback(acceptor.close)
    if is_closed:
        acceptor.close()
    for _ in range(N_CLIENTS):
        stack.enter_context(socket.create_connection(listener.getsockname()))
    for _ in range(ROUNDS):
        await asyncio.sleep(pause_s)
    return len(transports)


async def run(**options) -> int:
    with ExitStack() as stack:
        count = await n_accepted(stack, **options)
    await asyncio.sleep(0)
    return count


def test_all_that_wait_are_taken_at_once():
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this system")
    assert uvloop.run(run()) == N_CLIENTS


def test_none_is_taken_once_it_is_closed():
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this system")
    assert uvloop.run(run(is_closed=True)) == 0


def test_asyncio_takes_all_by_itself():
    assert asyncio.run(run()) == 0


def test_beside_other_processes_it_takes_those_in_turn():
    assert asyncio.run(run(is_in_turn=lambda _: True)) == N_CLIENTS
    assert asyncio.run(run(is_in_turn=lambda _: False)) == 0


def test_what_no_other_process_takes_is_taken_later():
    answers = iter([False])
    later = run(is_in_turn=lambda _: next(answers, True), pause_s=0.01)
    assert asyncio.run(later) == N_CLIENTS


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot ignore connections")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_is_ignored_is_refused_and_what_is_open_stays(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    errors = []
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, 0), family=family))
        address = listener.getsockname()[:2]
        client = stack.enter_context(socket.create_connection(address))
        ignore_new_connections(listener)

        def connect():
            try:
                socket.create_connection(address).close()
            except OSError as error:
                errors.append(error)

        late = threading.Thread(target=connect)
        late.start()
        late.join(0.2)
        connection = stack.enter_context(listener.accept()[0])
        listener.close()
        client.send(b"still here")
        assert connection.recv(10) == b"still here"
        late.join()
    assert [type(error) for error in errors] == [ConnectionRefusedError]
