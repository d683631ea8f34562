"""Files that are written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from emoticare.errors import EmoticareError


def write_file(path: Path, content: bytes) -> None:
    """Writes beside the target and renames, so that no half-written file bears its name.

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
    """Writes a record as JSON, indented; see `write_file`.

    Raises:
        EmoticareError: If it cannot be written.
    """
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    write_file(path, (text + "\n").encode())
