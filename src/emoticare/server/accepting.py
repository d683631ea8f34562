"""Connections that wait are taken at once, however busy the event loop is."""

import asyncio
import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from emoticare.server.connections import most_open_files

# Taking them costs tens of milliseconds; then those that were taken before get their turn.
_AT_ONCE: Final = 1024
# A part of the files that may be open: what is refused closes only when the loop comes round again.
_SHARE_OF_FILES: Final = 16
# Together as many as may wait.
_ROUNDS_AT_LAST: Final = 64
# How long other processes have to take a connection that is theirs.
_LETTING_OTHERS_S: Final = 0.005
_SO_ATTACH_FILTER: Final = 26  # Python does not name it
# struct sock_filter, see the kernel's Documentation/networking/filter.rst: load the flags of the
# TCP header; if SYN is among them, go on to the last line; take the packet whole; take none of it.
_DROPPING_SYN: Final = ((0x30, 0, 0, 13), (0x45, 1, 0, 0x02), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))


class Acceptor:
    """Takes all connections that wait at some sockets each time the event loop comes round.

    uvloop's own server takes one (libuv does so since its change #3696). A loop that has thousands
    of requests to answer comes round a few times a second, so that under overload a new connection
    could wait for minutes. Where the event loop is asyncio's own, this one has nothing to do beside
    a server.

    Args:
        sockets: Where connections arrive; they may be watched by a server, too.
        make_protocol: Makes what speaks with a client.
        is_in_turn: Says, given how many connections have been taken and not begun to speak, whether
            the next one is for this process; None where there are no others, and a server watches
            the sockets as well.
    """

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        make_protocol: Callable[[], asyncio.Protocol],
        is_in_turn: Callable[[int], bool] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._make_protocol = make_protocol
        self._is_in_turn = is_in_turn or (lambda _: True)
        self._at_once = int(min(_AT_ONCE, max(1, most_open_files() // _SHARE_OF_FILES)))
        self._tasks: set[asyncio.Task[None]] = set()
        # A file that a server watches cannot be watched again; its duplicate can.
        is_needed = is_in_turn is not None or type(self._loop).__module__.startswith("uvloop")
        self._listeners = [listener.dup() for listener in sockets] if is_needed else []
        for listener in self._listeners:
            listener.setblocking(False)
            self._watch(listener)

    def close(self) -> None:
        """Take the connections that wait, and then no more."""
        for listener in self._listeners:
            self._loop.remove_reader(listener)
            for _ in range(_ROUNDS_AT_LAST * self._at_once):
                if not self._accept_one(listener):
                    break
            listener.close()
        self._listeners.clear()

    def _watch(self, listener: socket.socket) -> None:
        if listener in self._listeners:  # it has not been closed meanwhile
            self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        """Take connections as long as there are any for this process."""
        for _ in range(self._at_once):
            if not self._is_in_turn(len(self._tasks)):
                self._loop.remove_reader(listener)
                self._loop.call_later(_LETTING_OTHERS_S, self._watch, listener)
                return
            if not self._accept_one(listener):
                return

    def _accept_one(self, listener: socket.socket) -> bool:
        """Take a connection if there is one."""
        try:
            connection, _ = listener.accept()
        except OSError:
            # None is left; or there are too many open files, of which the server takes care.
            return False
        task = self._loop.create_task(self._connect(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _connect(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        with suppress(OSError):  # the client has gone
            await self._loop.connect_accepted_socket(self._make_protocol, connection)


def ignore_new_connections(listener: socket.socket) -> None:
    """Have Linux ignore who wants to connect, so that nobody waits at the socket when it closes.

    Whoever waits there then is reset, though the client has seen its connection open. One that is
    ignored tries again after a second, and is refused if the socket is closed by then. On other
    systems nothing changes.

    Args:
        listener: The socket; the other processes that share it get no new connections either.
    """
    if sys.platform != "linux":
        return
    lines = b"".join(struct.pack("@HBBI", *line) for line in _DROPPING_SYN)
    program = ctypes.create_string_buffer(lines)
    fields = struct.pack("@HP", len(_DROPPING_SYN), ctypes.addressof(program))
    with suppress(OSError):  # a sandbox may forbid it
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fields)
