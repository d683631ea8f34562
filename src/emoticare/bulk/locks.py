"""Locks that keep two runs from one output.

Every lock has a token. Whoever writes checks it once all bytes are there and before they appear
under their name, so that a run that lost its lock, however it did, changes nothing any more.
"""

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar

from emoticare.errors import UsageError

T = TypeVar("T")
_RENEWED_S: Final = 20.0
# A holder that has not renewed its lock for so long is dead.
_STALE_S: Final = 120.0
# Windows lets nobody read what is locked, so the byte that is locked lies behind the token.
_LOCKED_PLACE: Final = 2**20


class Lock(Protocol):
    """A lock that this run has taken; it can be pickled, for workers to check."""

    def check(self) -> None:
        """Make sure that the lock was not lost to another run.

        Raises:
            UsageError: If it was.
            OSError: If it cannot be told.
        """
        ...


def guarded(lock: Lock, write: Callable[[IO[bytes]], T]) -> Callable[[IO[bytes]], T]:
    """Return what writes and then checks the lock, so that a draft gets its name under it only.

    Args:
        lock: Of the output.
        write: Writes to an open file; see `Storage.write`.
    """

    def write_and_check(sink: IO[bytes]) -> T:
        result = write(sink)
        lock.check()
        return result

    return write_and_check


@dataclass(frozen=True)
class LocalLock:
    """A locked file, which holds the token; see `Lock`."""

    path: str
    token: str

    def check(self) -> None:
        """Make sure that the file is there, and not another one."""
        try:
            content = Path(self.path).read_bytes()
        except FileNotFoundError:
            content = b""
        if content != self.token.encode():
            raise _held(self.path)


@contextmanager
def local_lock(path: str) -> Iterator[LocalLock]:
    """Locks a file for this process; the system unlocks it when the process ends.

    Raises:
        UsageError: If another run holds it.
    """
    lock = LocalLock(path, uuid.uuid4().hex)
    while True:
        file = Path(path).open("ab")  # noqa: SIM115 - closed by the finally below
        try:
            _lock_file(file, path)
            # The last holder may have removed the file between our opening and locking it.
            if not Path(path).exists() or not os.path.samestat(
                os.fstat(file.fileno()), Path(path).stat()
            ):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                continue
            file.truncate(0)
            file.write(lock.token.encode())
            file.flush()
            yield lock
            return
        finally:
            file.close()


def _lock_file(file: IO[bytes], path: str) -> None:
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            file.seek(_LOCKED_PLACE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise _held(path) from error


@dataclass(frozen=True)
class RemoteLock:
    """An object that names its holder; see `Lock`.

    It is made once and never written again, so that a lock that was lost never comes back: that its
    holder is alive says another object beside it.

    Attributes:
        fs: The fsspec file system.
        path: Of the lock object.
        token: Of the holder.
    """

    fs: Any
    path: str
    token: str

    def acquire(self) -> None:
        """Make the lock object, in the place of a dead holder's if need be.

        Stores cannot remove an object only if it is still the same. So whoever would remove a dead
        holder's takes another lock first, named after that very object, and looks again: of several
        runs one removes it, and none removes that of the run which was first.

        Raises:
            UsageError: If another run holds it.
        """
        if self._create():
            return
        before = self._content()
        if before is None and self._create():  # it was released meanwhile
            return
        if before is None or self._is_alive(before):
            raise _held(self.path)
        succession = RemoteLock(self.fs, f"{self.path}.{_mark(before)}", self.token)
        succession.acquire()
        try:
            if self._content() != before or self._is_alive(before):
                raise _held(self.path)
            self._remove(self.path)
            self._remove(self._sign_of_life(_parsed(before).get("token")))
            if not self._create():
                raise _held(self.path)
        finally:
            with suppress(OSError):
                self._remove(succession.path)

    def check(self) -> None:
        """Make sure that the lock object is still this run's."""
        if not self._is_ours():
            raise _held(self.path)

    def renew(self) -> bool:
        """Say that the holder is alive; return whether it holds the lock."""
        if not self._is_ours():
            return False
        self.fs.pipe_file(self._sign_of_life(self.token), _described(self.token))
        return True

    def release(self) -> None:
        """Remove the lock, unless another run has it."""
        if self._is_ours():
            self._remove(self.path)
        self._remove(self._sign_of_life(self.token))

    def _is_ours(self) -> bool:
        return _parsed(self._content()).get("token") == self.token

    def _create(self) -> bool:
        try:
            self.fs.pipe_file(self.path, _described(self.token), mode="create")
        except FileExistsError:
            return False
        return True

    def _content(self) -> bytes | None:
        return _read(self.fs, self.path)

    def _sign_of_life(self, token: object) -> str:
        return f"{self.path}.alive-{_mark(repr(token).encode())}"

    def _is_alive(self, content: bytes) -> bool:
        holder = _parsed(content)
        sign = _parsed(_read(self.fs, self._sign_of_life(holder.get("token"))))
        return any(map(_is_recent, (holder, sign))) and _may_run(holder)

    def _remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self.fs.rm_file(path)


@contextmanager
def remote_lock(fs: Any, path: str) -> Iterator[RemoteLock]:
    """Take the lock of an object store and renew it; one that nobody renews is taken over.

    Args:
        fs: The fsspec file system.
        path: Of the lock object.

    Raises:
        UsageError: If another run holds it.
    """
    lock = RemoteLock(fs, path, uuid.uuid4().hex)
    lock.acquire()
    ended = threading.Event()
    renewal = threading.Thread(target=_keep, args=(lock, ended), daemon=True)
    renewal.start()
    try:
        yield lock
    finally:
        ended.set()
        renewal.join()
        with suppress(OSError):
            lock.release()


def _keep(lock: RemoteLock, ended: threading.Event) -> None:
    while not ended.wait(_RENEWED_S):
        with suppress(OSError):
            if not lock.renew():
                return


def this_machine() -> str:
    """Return what tells where a process number means the same: containers may share a name."""
    try:
        return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return socket.gethostname()


def _described(token: str) -> bytes:
    holder = {"token": token, "host": this_machine(), "pid": os.getpid(), "renewed": _now()}
    return json.dumps(holder).encode()


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _read(fs: Any, path: str) -> bytes | None:
    fs.invalidate_cache()
    try:
        content: bytes = fs.cat_file(path)
    except FileNotFoundError:
        return None
    return content


def _parsed(content: bytes | None) -> dict[str, Any]:
    try:
        holder = json.loads(content or b"")
    except (ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_recent(said: dict[str, Any]) -> bool:
    renewed = said.get("renewed")
    return isinstance(renewed, int | float) and _now() - renewed <= _STALE_S


def _may_run(holder: dict[str, Any]) -> bool:
    """Return whether a holder's process runs; one on another machine may."""
    if holder.get("host") != this_machine():
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, KeyError, OverflowError, TypeError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _now() -> float:
    return time.time()


def _held(path: str) -> UsageError:
    return UsageError(
        f"Expected no other run on this output, found one that holds {path}. Wait for it, or "
        "name another output."
    )
