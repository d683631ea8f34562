"""Puts a model's files on the Hugging Face hub."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from emoticare.errors import EmoticareError, MissingExtraError, UsageError
from emoticare.model.folders import save_folder


def check_repo_id(repo_id: str) -> None:
    """Check the name of a repository, without asking the hub.

    Raises:
        UsageError: If the hub allows no such name.
        MissingExtraError: If the package `huggingface_hub` is not installed.
    """
    try:
        from huggingface_hub.utils import HFValidationError, validate_repo_id
    except ImportError as error:
        raise MissingExtraError("Uploading a model", "export") from error
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise UsageError(
            f"Expected the name of a repository like user/emoticare, found {repo_id!r}."
        ) from error


def upload(contents: Mapping[str, bytes], repo_id: str, *, private: bool) -> str:
    """Create the repository unless it exists, upload the files and return their address.

    The token is taken from where `hf auth login` put it, or from HF_TOKEN.

    Args:
        contents: Bytes by name.
        repo_id: Name of the repository, `user/name`.
        private: Whether a repository that is created is private; one that exists stays as it is.

    Raises:
        EmoticareError: If the hub cannot be reached or refuses.
        UsageError: If the hub allows no such name.
        MissingExtraError: If the package `huggingface_hub` is not installed.
    """
    check_repo_id(repo_id)
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "upload"
        save_folder(folder, contents, kind="files to upload", may_replace=lambda _: False)
        try:
            api = HfApi()
            repo = api.create_repo(repo_id, private=private, exist_ok=True)
            commit = api.upload_folder(
                repo_id=repo.repo_id, folder_path=folder, commit_message="Upload an EmotiCare model"
            )
        # The hub's client and its transports share no base class for what they raise.
        except Exception as error:
            raise EmoticareError(
                f"The model could not be uploaded to {repo_id} ({_cause(error)}). Check the "
                "connection, and that `hf auth login` or HF_TOKEN gives a token that may write "
                "there; the same command can then be run again."
            ) from error
    return str(commit.repo_url)


def _cause(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
