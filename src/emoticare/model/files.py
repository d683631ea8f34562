"""Files that are written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from emoticare.errors import EmoticareError


def write_file(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that no half-written file bears its name.

    Args:
        path: Replaced where it exists; its folder is made where it is missing.
        content: What the file will hold.

    Raises:
        EmoticareError: If it cannot be written.
    """
    draft = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
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
