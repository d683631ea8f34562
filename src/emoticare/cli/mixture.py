"""Options that name what a model learns from, and chooses on, beside the labelled data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emoticare.errors import UsageError

if TYPE_CHECKING:
    from emoticare.data.everyday import EverydayTexts
    from emoticare.data.mixture import Source


def read_mixture(options: Sequence[str] | None, labels: Sequence[str]) -> "list[Source]":
    """Read the sources of `--mix FILE=SHARE`.

    Raises:
        UsageError: An option is malformed, or the shares are out of range.
        DataError: A file cannot be used.
    """
    from emoticare.data.mixture import read_source, share_of_rest

    sources = []
    for option in options or ():
        path, _, share = option.rpartition("=")
        try:
            number = float(share)
        except ValueError:
            number = 0.0
        if not path or not number:
            raise UsageError(f"Expected --mix FILE=SHARE, such as a.jsonl=0.2; found {option!r}.")
        sources.append(read_source(Path(path), number, labels))
    share_of_rest(sources)
    return sources


def read_everyday_dev(
    folder: Path | None, texts: Path | None, labels: Sequence[str]
) -> "EverydayTexts | None":
    """Read the everyday corpus' dev split, if its folder is named."""
    from emoticare.data.everyday import read_everyday

    return read_everyday(folder, "dev", labels, texts) if folder else None


def read_dev_replies(
    folder: Path | None, texts: Path | None, labels: Sequence[str]
) -> "EverydayTexts | None":
    """Read the replies of that split, likewise."""
    from emoticare.data.everyday import read_pairs

    return read_pairs(folder, "dev", labels, texts) if folder else None
