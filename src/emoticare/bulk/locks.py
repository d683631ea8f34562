"""Locks that keep two runs from one output."""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
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
def remote_lock(fs: Any, path: str) -> Iterator[None]:
    """Create a lock object and renews it; one that nobody renews is taken over.

    Args:
        fs: The fsspec file system.
        path: Of the lock object.

    Raises:
        UsageError: If another run holds it.
    """
    token = uuid.uuid4().hex
    if not _create(fs, path, token):
        if _is_alive(_holder(fs, path)):
            raise _held(path)
        with suppress(FileNotFoundError):
            fs.rm_file(path)
        if not _create(fs, path, token):
            raise _held(path)
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(fs, path, token, ended), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()
        with suppress(OSError):
            if _holder(fs, path).get("token") == token:
                fs.rm_file(path)


def _create(fs: Any, path: str, token: str) -> bool:
    try:
        fs.pipe_file(path, _content(token), mode="create")
    except FileExistsError:
        return False
    return True


def _renew(fs: Any, path: str, token: str, ended: threading.Event) -> None:
    while not ended.wait(_RENEWED_S):
        with suppress(OSError):
            fs.pipe_file(path, _content(token))


def _content(token: str) -> bytes:
    holder = {
        "token": token,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "renewed": time.time(),
    }
    return json.dumps(holder).encode()


def _holder(fs: Any, path: str) -> dict[str, Any]:
    fs.invalidate_cache()
    try:
        holder = json.loads(fs.cat_file(path))
    except (FileNotFoundError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_alive(holder: dict[str, Any]) -> bool:
    renewed = holder.get("renewed")
    if not isinstance(renewed, int | float) or time.time() - renewed > _STALE_S:
        return False
    if holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, KeyError, TypeError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _held(path: str) -> UsageError:
    return UsageError(
        f"Expected no other run on this output, found one that holds {path}. Wait for it, or "
        "name another output."
    )
