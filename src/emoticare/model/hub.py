"""A model's files from the Hugging Face hub, or from its cache on this machine."""

import re
from pathlib import Path
from typing import Final

from emoticare.errors import ArtifactError, MissingExtraError

_REPO_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


def is_repo_id(name: str) -> bool:
    """Return whether a name can be that of a repository: `user/name`."""
    return _REPO_ID.fullmatch(name) is not None


def fetch_model(repo_id: str) -> Path:
    """Return the folder of a model from the hub; what the cache holds already is not fetched.

    Only the files that a model is made of are asked for. Without a connection the cache is read.

    Args:
        repo_id: Name of the repository, `user/name`.

    Raises:
        ArtifactError: If it cannot be had.
        MissingExtraError: If the package `huggingface_hub` is not installed.
    """
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise MissingExtraError(
            f"There is no folder {repo_id}, and loading it from the Hugging Face hub", "export"
        ) from error
    from emoticare.model.hugging_face import NEEDED

    first, *others = NEEDED
    try:
        folder = Path(hf_hub_download(repo_id, first)).parent
        # The folder is named after the commit, of which all files have to be.
        for name in others:
            hf_hub_download(repo_id, name, revision=folder.name)
        _fetch_companion(repo_id, folder.name)
    # The hub's client and its transports share no base class for what they raise.
    except Exception as error:
        raise ArtifactError(
            f"Expected a model at {repo_id}, found no such folder, and it could not be had from "
            f"the Hugging Face hub ({_first_line(error)}). Check the name and the connection; a "
            "private repository needs `hf auth login` or HF_TOKEN."
        ) from error
    return folder


def _fetch_companion(repo_id: str, commit: str) -> None:
    """Fetch the file that only models of ours have."""
    from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    from emoticare.model.companion import COMPANION

    try:
        hf_hub_download(repo_id, COMPANION, revision=commit)
    except LocalEntryNotFoundError:
        # Without a connection only a cache that has asked before knows that there is none.
        if try_to_load_from_cache(repo_id, COMPANION, revision=commit) is not _CACHED_NO_EXIST:
            raise
    except EntryNotFoundError:
        pass


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
