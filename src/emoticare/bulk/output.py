"""Where a job's result goes: one file, or a folder of shards."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emoticare.bulk.formats import (
    FORMAT_NAMES,
    KNOWN_ENDINGS,
    TableFormat,
    format_of_path,
    parse_format,
    shown_ending,
)
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.shards import ShardId
from emoticare.bulk.storage import Storage, is_url, storage_for
from emoticare.errors import UsageError

_SHARD_NAME: Final = re.compile(r"part-\d{5,}-\d{5,}\.[a-z.]+")


@dataclass(frozen=True)
class Output:
    """The place of a result, and of the work on it.

    Attributes:
        path: The file or the folder.
        format: Of the result.
        is_folder: Whether the shards themselves are the result.
    """

    path: str
    format: TableFormat
    is_folder: bool

    @classmethod
    def parse(cls, path: str, given: TableFormat | None, first_input: InputFile) -> "Output":
        """Read what a user gave.

        Args:
            path: A file with an ending that tells its format; or a folder, which exists or has a
                slash at its end.
            given: The format; by default the ending tells, and a folder's is that of the input.
            first_input: The first file that is read.

        Raises:
            UsageError: If the ending is unknown, or path and format contradict each other.
        """
        of_path = format_of_path(path)
        is_folder = path.endswith(("/", "\\")) or storage_for(path).is_folder(path)
        if not is_folder and of_path is None:
            raise UsageError(
                f"{path}: expected an output that ends in {KNOWN_ENDINGS}, found "
                f"{shown_ending(path)}; a new folder is named with a slash at its end: {path}/"
            )
        if not is_folder and given and given != of_path:
            raise UsageError(
                f"Expected an output that ends in .{given.name}, found {path}. Name it so, or "
                "leave out --format."
            )
        chosen = given or (None if is_folder else of_path) or first_input.format
        if is_folder and chosen.is_whole:
            raise UsageError(
                f"Expected one file as output for {chosen.name}, found a folder of shards: {path}. "
                "Name a file, or choose another --format."
            )
        path = path.rstrip("/\\") if is_folder else path
        # Workers of a cluster may stand in another folder.
        return cls(path if is_url(path) else str(Path(path).absolute()), chosen, is_folder)

    @property
    def storage(self) -> Storage:
        """The storage of the result and of the work on it."""
        return storage_for(self.path)

    @property
    def shard_format(self) -> TableFormat:
        """How shards are stored: those of one file become what it is when they are joined."""
        return self.format if self.is_folder else self.format.of_parts()

    @property
    def manifest_path(self) -> str:
        """Where the state of the job is kept."""
        return f"{self._state_folder}/manifest.json"

    @property
    def lock_path(self) -> str:
        """What keeps other runs away."""
        return f"{self._state_folder}/lock"

    @property
    def shard_folder(self) -> str:
        """Holds the shards."""
        return self.path if self.is_folder else self._state_folder

    @property
    def _state_folder(self) -> str:
        return f"{self.path}/_emoticare" if self.is_folder else f"{self.path}.partial"

    def shard_path(self, shard: ShardId) -> str:
        """Return the file of a shard; in order of their names, shards follow one another."""
        return f"{self.shard_folder}/{self._shard_name(shard)}"

    def has_shard(self, shard: ShardId, size: int, sizes: Mapping[str, int]) -> bool:
        """Return whether a shard's file has its size.

        Args:
            shard: Which one.
            size: Bytes that it should have.
            sizes: Of the files in the folder of shards, by name.
        """
        return sizes.get(self._shard_name(shard)) == size

    def read_shard(self, shard: ShardId, sha256: str) -> bytes | None:
        """Return the bytes of a shard's file; None where they do not have the sum."""
        with self.storage.open(self.shard_path(shard)) as file:
            content = file.read()
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def _shard_name(self, shard: ShardId) -> str:
        return f"part-{shard}.{self.shard_format.name}"

    def check_free(self, *, restart: bool) -> None:
        """Make sure that nothing foreign is overwritten.

        Raises:
            UsageError: If the place is taken.
        """
        if not self.is_folder:
            self.storage.check_plain(self.path)
        if self.storage.size(self.manifest_path) is not None:
            return
        if not self.is_folder:
            if self.storage.size(self.path) is not None and not restart:
                raise UsageError(
                    f"Expected a new output, found {self.path}. Name another, or replace it with "
                    "--restart."
                )
        elif self._foreign_files():
            raise UsageError(
                f"Expected a new or empty folder for the shards, found other files in {self.path}. "
                "Name another folder."
            )

    def remove_work(self) -> None:
        """Remove all shards, and then the manifest, so that it never tells of shards missing."""
        for path in self._shard_files():
            self.storage.remove(path)
        self.storage.remove(self.manifest_path)

    def remove_state_folder(self) -> None:
        """Remove what is left of a finished job on one file."""
        for path in (self.manifest_path, self.lock_path, self._state_folder):
            self.storage.remove(path)

    def remove_unused(self) -> None:
        """Remove what was made for a job that never began, so that it leaves no trace."""
        if self.storage.size(self.manifest_path) is None:
            with suppress(OSError):
                self.remove_drafts()
                self.remove_state_folder()

    def remove_drafts(self) -> None:
        """Remove what a killed run left half-written."""
        for folder in (self.shard_folder, self._state_folder):
            self.storage.remove_drafts(folder)

    def _files_in(self, folder: str) -> Sequence[str]:
        return self.storage.files(folder) if self.storage.is_folder(folder) else ()

    def _shard_files(self) -> list[str]:
        files = self._files_in(self.shard_folder)
        return [path for path in files if _SHARD_NAME.fullmatch(_name(path))]

    def _foreign_files(self) -> list[str]:
        files = self._files_in(self.path)
        return [path for path in files if "_emoticare" not in path.replace("\\", "/").split("/")]


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def check_pipe_format(table_format: TableFormat) -> TableFormat:
    """Make sure that a format can go down a pipe.

    Raises:
        UsageError: If it cannot.
    """
    if table_format.needs_seek:
        fitting = [name for name in FORMAT_NAMES if not parse_format(name).needs_seek]
        raise UsageError(
            f"{table_format.name} cannot be written to standard output. Choose another --format "
            f"({', '.join(fitting)}) or name a file."
        )
    return table_format
