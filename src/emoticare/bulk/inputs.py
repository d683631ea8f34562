"""The files that a user's INPUT arguments name."""

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from emoticare.bulk.formats import (
    KNOWN_ENDINGS,
    TableFormat,
    check_installed,
    format_of_path,
    shown_ending,
)
from emoticare.bulk.storage import is_url, storage_for
from emoticare.errors import DataError, UsageError

STDIN: Final = "-"
_GLOB_MARKS: Final = frozenset("*?[")
_IGNORED: Final = ("_", ".")
# Summing takes far less time than scoring does; but what lies far away has to come twice.
_SUMMED_BYTES: Final = 2**30


@dataclass(frozen=True)
class InputFile:
    """One file to read.

    Attributes:
        path: A local path, a URL, or `-` for standard input.
        format: How its table is stored.
        size: Bytes; 0 for standard input, which does not tell.
        identity: Changes whenever the file does.
        sha256: The sum of its bytes, hexadecimal; None where it was not worked out.
    """

    path: str
    format: TableFormat
    size: int
    identity: str
    sha256: str | None = None

    @property
    def is_stdin(self) -> bool:
        """Whether it can be read only once."""
        return self.path == STDIN

    @property
    def shown(self) -> str:
        """The name in messages."""
        return "standard input" if self.is_stdin else self.path

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was planned for.

        Raises:
            DataError: If it changed.
        """
        if self.is_stdin:
            return
        same = storage_for(self.path).identity(self.path) == self.identity
        if not same or (self.sha256 is not None and _sum_of(self.path) != self.sha256):
            raise DataError(
                f"{self.path}: expected a file that stays as it is, found it changed while it was "
                "read. Score it again with --restart when it is complete."
            )


def find_inputs(arguments: Sequence[str], given: TableFormat | None) -> list[InputFile]:
    """Find the files, in the order of the arguments and sorted within a folder or a pattern.

    Args:
        arguments: Paths, URLs, patterns, folders, or `-` alone.
        given: The format of all files; by default each file's ending tells.

    Raises:
        UsageError: If the arguments make no sense together, or an ending tells nothing.
        DataError: If there is no such file.
        MissingExtraError: If a package that reads a format is not installed.
    """
    if STDIN in arguments:
        return [_stdin(arguments, given)]
    paths = [path for argument in arguments for path in _expand(argument, given)]
    if len({_absolute(path) for path in paths}) < len(paths):
        raise UsageError("Expected each input once, found a file twice. Name it once.")
    return [_input_file(path, given) for path in paths]


def with_sums(files: Sequence[InputFile], *, verify: bool | None) -> list[InputFile]:
    """Return the files with the sums of their bytes, for which each is read once more.

    Args:
        files: The inputs.
        verify: Whether to work out sums; None for those of local files of up to 1 GiB.

    Raises:
        DataError: If one cannot be read.
    """

    def is_summed(file: InputFile) -> bool:
        if file.is_stdin:
            return False
        small = not is_url(file.path) and file.size <= _SUMMED_BYTES
        return small if verify is None else verify

    return [replace(file, sha256=_sum_of(file.path)) if is_summed(file) else file for file in files]


def _sum_of(path: str) -> str:
    with storage_for(path).open(path) as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        except OSError as error:
            raise DataError(
                f"Expected a readable file at {path}, found {type(error).__name__}. Check the path."
            ) from error


def check_output_apart(arguments: Sequence[str], files: Sequence[InputFile], output: str) -> None:
    """Make sure that the output is no input, now or when the command is given again.

    Raises:
        UsageError: If it is one.
    """
    target = _absolute(output)
    folders = [_absolute(a) for a in arguments if a != STDIN and storage_for(a).is_folder(a)]
    if any(_absolute(file.path) == target for file in files) or any(
        (target + "/").startswith(folder.rstrip("/") + "/") for folder in folders
    ):
        raise UsageError(
            f"Expected an output apart from the inputs, found {output} among them. Name a place "
            "outside the folder that is read."
        )


def _stdin(arguments: Sequence[str], given: TableFormat | None) -> InputFile:
    if len(arguments) > 1:
        raise UsageError("Expected files, or - alone for standard input, found both.")
    table_format = given or TableFormat("csv")
    if table_format.needs_seek:
        raise UsageError(f"{table_format.name} cannot be read from standard input. Name the file.")
    check_installed(table_format)
    # Nobody can tell whether a pipe brings the same bytes again.
    return InputFile(STDIN, table_format, 0, uuid.uuid4().hex)


def _expand(argument: str, given: TableFormat | None) -> list[str]:
    storage = storage_for(argument)
    if storage.is_folder(argument):
        found = [path for path in storage.files(argument) if _is_table(path, argument, given)]
    elif storage.size(argument) is not None:
        return [argument]
    elif _GLOB_MARKS & set(argument):
        found = storage.glob(argument)
    else:
        raise DataError(f"Expected a file or folder at {argument}, found none. Check the path.")
    if not found:
        raise DataError(f"Expected files in {argument}, found none that end in {KNOWN_ENDINGS}.")
    return sorted(found)


def _is_table(path: str, folder: str, given: TableFormat | None) -> bool:
    inner = path.removeprefix(folder).replace("\\", "/").strip("/").split("/")
    hidden = any(part.startswith(_IGNORED) or part.endswith(".partial") for part in inner)
    return not hidden and bool(given or format_of_path(path))


def _input_file(path: str, given: TableFormat | None) -> InputFile:
    table_format = given or format_of_path(path)
    if table_format is None:
        raise UsageError(
            f"{path}: expected a file that ends in {KNOWN_ENDINGS}, found {shown_ending(path)}; "
            "rename or convert it, or say what it holds with --input-format."
        )
    check_installed(table_format)
    storage = storage_for(path)
    return InputFile(path, table_format, storage.size(path) or 0, storage.identity(path))


def _absolute(path: str) -> str:
    return path if is_url(path) else os.path.realpath(path)
