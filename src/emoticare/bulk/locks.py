"""Locks that keep two runs from one output."""

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from emoticare.errors import UsageError

_RENEWED_S: Final = 20.0
# A holder that has not renewed its lock for so long is dead.
_STALE_S: Final = 120.0


@contextmanager
def local_lock(path: str) -> Iterator[None]:
    """Locks a file for this process; the system unlocks it when the process ends.

    Raises:
        UsageError: If another run holds it.
    """
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
            yield
            return
        finally:
            file.close()


def _lock_file(file: IO[bytes], path: str) -> None:
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise _held(path) from error


@contextmanager
def remote_lock(fs: Any, path: str) -> Iterator[Callable[[], None]]:
    """Create a lock object and renews it; one that nobody renews is taken over.

    Args:
        fs: The fsspec file system.
        path: Of the lock object.

    Yields:
        What raises `UsageError` once another run has taken the lock over.

    Raises:
        UsageError: If another run holds it.
    """
    token = uuid.uuid4().hex
    _acquire(fs, path, token)
    ended, lost = threading.Event(), threading.Event()
    renewal = threading.Thread(target=_renew, args=(fs, path, token, ended, lost), daemon=True)
    renewal.start()

    def check_held() -> None:
        if lost.is_set():
            raise _held(path)

    try:
        yield check_held
    finally:
        ended.set()
        renewal.join()
        with suppress(OSError):
            if _holder(fs, path).get("token") == token:
                fs.rm_file(path)


def _acquire(fs: Any, path: str, token: str) -> None:
    """Create the lock object, in the place of a dead holder's if need be.

    Stores cannot remove an object only if it is still the same. So whoever would remove a dead
    holder's takes another lock first, named after that very holder, and looks again: of several
    runs one removes it, and none removes that of the run which was first.
    """
    if _create(fs, path, token):
        return
    before = _content_of(fs, path)
    if _is_alive(_parsed(before)):
        raise _held(path)
    succession = f"{path}.{hashlib.sha256(before).hexdigest()[:16]}"
    _acquire(fs, succession, token)
    try:
        if _content_of(fs, path) != before:
            raise _held(path)
        with suppress(FileNotFoundError):
            fs.rm_file(path)
        if not _create(fs, path, token):
            raise _held(path)
    finally:
        with suppress(OSError):
            fs.rm_file(succession)


def this_machine() -> str:
    """Return what tells where a process number means the same: containers may share a name."""
    try:
        return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return socket.gethostname()


def _create(fs: Any, path: str, token: str) -> bool:
    try:
        fs.pipe_file(path, _content(token), mode="create")
    except FileExistsError:
        return False
    return True


def _renew(fs: Any, path: str, token: str, ended: threading.Event, lost: threading.Event) -> None:
    while not ended.wait(_RENEWED_S):
        with suppress(OSError):
            if _holder(fs, path).get("token") != token:
                lost.set()
                return
            fs.pipe_file(path, _content(token))


def _content(token: str) -> bytes:
    holder = {
        "token": token,
        "host": this_machine(),
        "pid": os.getpid(),
        "renewed": time.time(),
    }
    return json.dumps(holder).encode()


def _holder(fs: Any, path: str) -> dict[str, Any]:
    return _parsed(_content_of(fs, path))


def _content_of(fs: Any, path: str) -> bytes:
    fs.invalidate_cache()
    try:
        content: bytes = fs.cat_file(path)
    except FileNotFoundError:
        return b""
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        holder = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_alive(holder: dict[str, Any]) -> bool:
    renewed = holder.get("renewed")
    if not isinstance(renewed, int | float) or time.time() - renewed > _STALE_S:
        return False
    if holder.get("host") != this_machine():
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, KeyError, OverflowError, TypeError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _held(path: str) -> UsageError:
    return UsageError(
        f"Expected no other run on this output, found one that holds {path}. Wait for it, or "
        "name another output."
    )
