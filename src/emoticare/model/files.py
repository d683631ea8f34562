"""Files that are written whole or not at all, and that replace nothing but plain files."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from emoticare.errors import EmoticareError, UsageError

DRAFT_PREFIX: Final = ".emoticare-"
"""How the names of drafts begin; a killed process may leave some behind."""


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft beside a path, which takes the path's name once all of it is safe on the disk.

    The draft's name cannot be guessed, and nothing that bears it is opened. A link is followed, so
    that the file it leads to is replaced, and the link stays.

    Args:
        path: Replaced where it exists; its folder is made where it is missing.

    Raises:
        UsageError: If something stands at the path that is no plain file.
        OSError: If it cannot be written.
    """
    check_plain(path)
    target = Path(os.path.realpath(path))
    draft = target.parent / f"{DRAFT_PREFIX}{secrets.token_hex(8)}.tmp"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        _sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def check_plain(path: Path) -> None:
    """Make sure that a path can be written to: a plain file stands there, or nothing.

    Raises:
        UsageError: If something else does, such as a folder, a pipe or a device.
        OSError: If it cannot be told.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"Expected the name of a new or a plain file, found {_kind(mode)} at {path}. Name "
            "another place."
        )


def write_file(path: Path, content: bytes) -> None:
    """Write a file; see `atomic_file`.

    Raises:
        EmoticareError: If it cannot be written.
    """
    try:
        with atomic_file(path) as file:
            file.write(content)
    except OSError as error:
        raise EmoticareError(
            f"{path} could not be written: {error.strerror}. Name another place, or check free "
            "space and permissions."
        ) from error


def write_json(path: Path, record: Mapping[str, object]) -> None:
    """Write a record as JSON, indented; see `write_file`.

    Raises:
        EmoticareError: If it cannot be written.
    """
    write_file(path, json_bytes(record, allow_nan=False))


def json_bytes(content: object, *, allow_nan: bool = True) -> bytes:
    """Return JSON as the files of EmotiCare hold it: indented, in UTF-8, with a line's end.

    Args:
        content: What to write.
        allow_nan: Whether nan and infinity, which JSON proper lacks, may stand in it.

    Raises:
        ValueError: If one stands in it and may not.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=allow_nan)
    return (text + "\n").encode()


def _kind(mode: int) -> str:
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
    return next((name for is_one, name in kinds.items() if is_one(mode)), "a device")


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system can open folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
