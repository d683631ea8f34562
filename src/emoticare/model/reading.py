"""Reads the files of a model's folder, which may come from anywhere."""

import json
import stat
from pathlib import Path
from typing import Final

from emoticare.errors import ArtifactError

MAX_BYTES: Final = {"tokenizer.json": 64 * 2**20, "config.json": 4 * 2**20}
"""Of the files that every folder has. JSON takes ten times its bytes in memory."""


def read_file(folder: Path, name: str, max_bytes: int) -> bytes:
    """Read a regular file of a model's folder, never more than `max_bytes` of it.

    Args:
        folder: The file lies in it. In a snapshot of the hub's cache it may be a link to where the
            cache keeps the bytes of that repository's files.
        name: Of the file.
        max_bytes: A larger file is refused.

    Raises:
        ArtifactError: If it is missing, too large, no regular file, a link out of the folder, or
            cannot be read.
    """
    path = folder / name
    try:
        if path.resolve().parent not in _places(folder.resolve()):
            raise ArtifactError(f"{path} is a link out of the model's folder. Copy the file in.")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactError(f"{path} is not a regular file. Copy the file itself there.")
        if status.st_size > max_bytes:
            raise ArtifactError(
                f"{path} is larger than expected ({status.st_size} bytes, not {max_bytes}). Copy "
                "or save the model again."
            )
        with path.open("rb") as file:
            return file.read(status.st_size)
    except FileNotFoundError as error:
        raise ArtifactError(
            f"The model in {folder} is incomplete: {name} is missing. Copy or save the model again."
        ) from error
    except OSError as error:
        raise ArtifactError(f"{path} could not be read: {error.strerror}.") from error
    except RuntimeError as error:  # a link to itself, before Python 3.13
        raise ArtifactError(f"{path} could not be read: {error}.") from error


def _places(folder: Path) -> tuple[Path, ...]:
    """Return where the files of a folder may lie: in it, or among the blobs of its cache."""
    # hub/models--user--name/snapshots/COMMIT/config.json -> hub/models--user--name/blobs/SUM
    repository = folder.parent.parent
    in_cache = folder.parent.name == "snapshots" and repository.name.startswith("models--")
    return (folder, repository / "blobs") if in_cache else (folder,)


def parse_json(content: bytes, path: Path) -> object:
    """Return the content of a JSON file.

    Raises:
        ArtifactError: If it is none.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is not valid JSON. Copy or save the model again.") from error


def decode_utf8(content: bytes, path: Path) -> str:
    """Return the text of a file.

    Raises:
        ArtifactError: If it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path} is not UTF-8. Copy or save the model again.") from error
