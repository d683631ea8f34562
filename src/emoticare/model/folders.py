"""Folders that are written whole or not at all, and that replace nothing but their own kind."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from emoticare.errors import ArtifactError

# AT_FDCWD and RENAME_EXCHANGE of Linux.
_HERE = -100
_RENAME_EXCHANGE = 2


def save_folder(
    folder: Path | str,
    contents: Mapping[str, bytes],
    *,
    kind: str,
    may_replace: Callable[[Path], bool],
) -> None:
    """Write files as a folder, whole or not at all.

    Args:
        folder: Must not exist yet, be empty, or be one that `may_replace` accepts.
        contents: Bytes by name; a name may lead into a sub-folder, as in `onnx/model.onnx`.
        kind: What such a folder holds, for the message: "an EmotiCare model".
        may_replace: Whether a folder that exists, and is not empty, may be replaced.

    Raises:
        ArtifactError: If the folder holds something else, or cannot be written.
    """
    folder = Path(folder).absolute()
    try:
        if folder.exists() and not (
            folder.is_dir() and (not any(folder.iterdir()) or may_replace(folder))
        ):
            raise ArtifactError(
                f"Expected a new or empty folder, or one with {kind}, to save to; "
                f"{folder} holds something else. Name another folder."
            )
        _write_folder(folder, contents)
    except OSError as error:
        raise ArtifactError(
            f"The files could not be saved to {folder}: {error.strerror}. Nothing was changed "
            "there. Check free space and permissions."
        ) from error


def holds_only(folder: Path, names: Iterable[str]) -> bool:
    """Return whether a folder holds no other files than these, at any depth."""
    expected = {PurePosixPath(name) for name in names}
    expected |= {parent for name in expected for parent in name.parents}
    found = (PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*"))
    return all(path in expected for path in found)


def _write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write beside the target and rename, so that no half-written folder bears its name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new = staging / "new"
        new.mkdir()
        for name, content in contents.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _swap(new, folder, staging / "old")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _swap(new: Path, folder: Path, old: Path) -> None:
    if folder.exists():
        if _exchange(new, folder):
            return
        folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        if old.exists():
            old.rename(folder)
        raise


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders in one step, so that a kill cannot fall between; only Linux can."""
    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    done: int = renameat2(_HERE, os.fsencode(a), _HERE, os.fsencode(b), _RENAME_EXCHANGE)
    return done == 0
