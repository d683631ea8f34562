import asyncio
import socket
from contextlib import ExitStack

import pytest

from emoticare.server.accepting import Acceptor

N_CLIENTS = 200
ROUNDS = 10


async def n_accepted(stack: ExitStack, *, is_closed: bool = False) -> int:
    """Return how many of the connections that wait are taken in a few rounds of the loop."""
    transports = []

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            transports.append(transport)
            stack.callback(transport.abort)

    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=N_CLIENTS))
    acceptor = Acceptor([listener], Protocol)
    stack.callback(acceptor.close)
    if is_closed:
        acceptor.close()
    for _ in range(N_CLIENTS):
        stack.enter_context(socket.create_connection(listener.getsockname()))
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
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
