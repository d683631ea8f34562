"""Where files lie: a local disk, or an object store such as s3:// and gs:// through fsspec.

Files are written whole or not at all, so a file that bears its name is complete.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from glob import glob
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar

from emoticare.bulk.locks import Lock, local_lock, remote_lock
from emoticare.errors import DataError, EmoticareError, MissingExtraError, UsageError
from emoticare.model.files import DRAFT_PREFIX, atomic_file, check_plain

T = TypeVar("T")
_EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}


class Storage(Protocol):
    """A place that holds files by path."""

    def open(self, path: str) -> IO[bytes]:
        """Open a file to read; it can seek."""
        ...

    def write(self, path: str, write: Callable[[IO[bytes]], T]) -> T:
        """Call `write` with an open file that appears at the path once all of it is safe."""
        ...

    def check_plain(self, path: str) -> None:
        """Make sure that a file can be written there.

        Raises:
            UsageError: If something stands there that is no plain file.
        """
        ...

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None where there is none."""
        ...

    def identity(self, path: str) -> str:
        """Return what changes whenever the file does."""
        ...

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder of this name."""
        ...

    def files(self, path: str) -> list[str]:
        """Return the paths of the files in a folder, at any depth."""
        ...

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of each file in a folder, by its name."""
        ...

    def glob(self, pattern: str) -> list[str]:
        """Return the paths of the files that a pattern matches."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder, if there is one."""
        ...

    def remove_drafts(self, folder: str) -> None:
        """Remove what a killed run left half-written."""
        ...

    def lock(self, path: str) -> AbstractContextManager[Lock]:
        """Keep other runs away while the context lasts."""
        ...


def is_url(path: str) -> bool:
    """Return whether a path names a place that fsspec reads, rather than a local file."""
    return "://" in path


def storage_for(path: str) -> Storage:
    """Return where a path lies.

    Raises:
        MissingExtraError: If the packages for such a place are not installed.
        UsageError: If there is no such kind of place.
    """
    return RemoteStorage(path) if is_url(path) else LocalStorage()


class LocalStorage:
    """The local disk, or what is mounted like one; see `Storage`."""

    def open(self, path: str) -> IO[bytes]:
        """Open a file to read."""
        with _reading(path):
            return Path(path).open("rb")

    def write(self, path: str, write: Callable[[IO[bytes]], T]) -> T:
        """Write beside the target, make it safe on the disk, and rename."""
        try:
            with atomic_file(Path(path)) as file:
                return write(file)
        except OSError as error:
            raise _unwritten(path, error) from error

    def check_plain(self, path: str) -> None:
        """Refuse a folder, a pipe or a device."""
        try:
            check_plain(Path(path))
        except OSError as error:
            raise _unwritten(path, error) from error

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None where there is none."""
        return Path(path).stat().st_size if Path(path).is_file() else None

    def identity(self, path: str) -> str:
        """Return the size and the times of change; nobody can set back the second of them."""
        with _reading(path):
            status = Path(path).stat()
        return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder of this name."""
        return Path(path).is_dir()

    def files(self, path: str) -> list[str]:
        """Return the files of a folder, at any depth."""
        return [str(found) for found in Path(path).rglob("*") if found.is_file()]

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of each file in a folder, by its name."""
        if not Path(folder).is_dir():
            return {}
        return {file.name: file.stat().st_size for file in Path(folder).iterdir() if file.is_file()}

    def glob(self, pattern: str) -> list[str]:
        """Return the files that a pattern matches; ** crosses folders."""
        # Path.glob takes no absolute patterns.
        found = glob(pattern, recursive=True)  # noqa: PTH207
        return [path for path in found if Path(path).is_file()]

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder, if there is one."""
        target = Path(path)
        if target.is_dir():
            target.rmdir()
        else:
            target.unlink(missing_ok=True)

    def remove_drafts(self, folder: str) -> None:
        """Remove what a killed run left half-written."""
        for draft in Path(folder).glob(f"{DRAFT_PREFIX}*.tmp"):
            draft.unlink(missing_ok=True)

    @contextmanager
    def lock(self, path: str) -> Iterator[Lock]:
        """Hold a lock that the system drops when the process ends, however it does."""
        made = [folder for folder in Path(path).parents if not folder.exists()]
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritten(path, error) from error
        try:
            with local_lock(path) as lock:
                yield lock
        finally:
            _remove_empty(made)


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that nothing was written to, the innermost first."""
    with suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


class RemoteStorage:
    """An object store; see `Storage`. Objects appear whole, as such stores have it.

    Args:
        url: Any address in the store.
    """

    def __init__(self, url: str) -> None:
        self._fs = _filesystem(url)

    def open(self, path: str) -> IO[bytes]:
        """Open an object to read."""
        with _reading(path):
            file: IO[bytes] = self._fs.open(path, "rb")
        return file

    def write(self, path: str, write: Callable[[IO[bytes]], T]) -> T:
        """Write a local draft and put it in one piece."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                draft = Path(folder) / "draft"
                with draft.open("wb") as file:
                    result = write(file)
                self._fs.put_file(str(draft), self._fs._strip_protocol(path))
        except OSError as error:
            raise _unwritten(path, error) from error
        return result

    def check_plain(self, path: str) -> None:
        """Do nothing: a store holds nothing but objects."""

    def size(self, path: str) -> int | None:
        """Return the bytes of an object; None where there is none."""
        self._fs.invalidate_cache()
        try:
            info = self._fs.info(path)
        except FileNotFoundError:
            return None
        return int(info["size"]) if info["type"] == "file" else None

    def identity(self, path: str) -> str:
        """Return the store's own mark of the object's version."""
        self._fs.invalidate_cache()
        with _reading(path):
            return str(self._fs.ukey(path))

    def is_folder(self, path: str) -> bool:
        """Return whether objects lie below this address."""
        return bool(self._fs.isdir(path))

    def files(self, path: str) -> list[str]:
        """Return the objects below an address."""
        self._fs.invalidate_cache()
        return [self._fs.unstrip_protocol(found) for found in self._fs.find(path)]

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of each object right below an address, by its name."""
        self._fs.invalidate_cache()
        found = self._fs.find(folder, maxdepth=1, detail=True)
        return {path.rpartition("/")[2]: int(info["size"]) for path, info in found.items()}

    def glob(self, pattern: str) -> list[str]:
        """Return the objects that a pattern matches; ** crosses slashes."""
        try:
            found = self._fs.glob(pattern)
        except ValueError as error:
            raise UsageError(
                f"Expected a pattern in which ** stands between slashes, found {pattern}."
            ) from error
        return [self._fs.unstrip_protocol(path) for path in found if self._fs.isfile(path)]

    def remove(self, path: str) -> None:
        """Remove an object, if there is one; folders are no objects."""
        if self.size(path) is not None:
            self._fs.rm_file(path)

    def remove_drafts(self, folder: str) -> None:
        """Do nothing: drafts lie on the local disk and go with the process."""

    @contextmanager
    def lock(self, path: str) -> Iterator[Lock]:
        """Hold a lock object that is renewed as long as the process lives."""
        with remote_lock(self._fs, path) as lock:
            yield lock


def _filesystem(url: str) -> Any:
    scheme = url.partition("://")[0]
    if "::" in url:
        raise UsageError(
            f"Expected the address of a file, found one file inside another in {url}. Unpack it "
            "first."
        )
    try:
        import fsspec

        return fsspec.core.url_to_fs(url)[0]
    except ImportError as error:
        raise MissingExtraError(f"Reading {scheme}://", _EXTRAS.get(scheme, "s3")) from error
    except ValueError as error:
        raise UsageError(
            f"Expected a local path, s3:// or gs://, found {scheme}://. Copy the files to one of "
            "these."
        ) from error


@contextmanager
def _reading(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Expected a readable file at {path}, found {type(error).__name__}. Check the path."
        ) from error


def _unwritten(path: str, error: OSError) -> EmoticareError:
    reason = error.strerror or type(error).__name__
    return EmoticareError(
        f"{path} could not be written: {reason}. Check free space and permissions; the same "
        "command then goes on."
    )
