"""The manifest: what a job is, and which of its shards are done."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from emoticare.bulk.shards import ShardId, ShardResult
from emoticare.bulk.storage import Storage
from emoticare.errors import UsageError
from emoticare.model.files import json_bytes

_FORMAT: Final = "emoticare-score"
_FORMAT_VERSION: Final = 1
# Of a run's time, at most this share goes into writing the manifest, however many shards it lists.
_WRITING_SHARE: Final = 0.05


class Manifest:
    """The state of a job, kept in a file.

    Args:
        storage: Where the file lies.
        path: The file.
        key: What the job is: inputs, model and settings.
    """

    def __init__(self, storage: Storage, path: str, key: Mapping[str, Any]) -> None:
        self._storage = storage
        self._path = path
        self._key = key
        self._shards: dict[str, dict[str, Any]] = {}
        self._n_shards: dict[int, int] = {}
        self._next_write = 0.0
        self.complete = False

    @classmethod
    def resume(cls, storage: Storage, path: str, key: Mapping[str, Any]) -> "Manifest":
        """Read the manifest of an earlier run; without one, the job is new.

        Raises:
            UsageError: If the earlier run had another model, input or setting.
        """
        manifest = cls(storage, path, json.loads(json_bytes(key)))
        if storage.size(path) is not None:
            with storage.open(path) as file:
                manifest._read(file.read())
        return manifest

    @property
    def is_new(self) -> bool:
        """Whether nothing is known to be done."""
        return not self._shards and not self._n_shards

    @property
    def rows(self) -> int:
        """Rows of all shards done."""
        return sum(shard["rows"] for shard in self._shards.values())

    @property
    def failures(self) -> int:
        """Rows among them that could not be scored."""
        return sum(shard["failures"] for shard in self._shards.values())

    @property
    def label_counts(self) -> Counter[str]:
        """How many rows carry each label."""
        counts: Counter[str] = Counter()
        for shard in self._shards.values():
            counts.update(shard["labels"])
        return counts

    def is_done(self, shard: ShardId) -> bool:
        """Return whether a shard is written."""
        return str(shard) in self._shards

    def file_is_done(self, file: int) -> bool:
        """Return whether an input was read to its end and all its shards are written."""
        n_shards = self._n_shards.get(file)
        return n_shards is not None and all(
            self.is_done(ShardId(file, number)) for number in range(n_shards)
        )

    def shards_of(self, file: int) -> list[ShardId]:
        """Return the shards of an input that was read to its end."""
        return [ShardId(file, number) for number in range(self._n_shards[file])]

    def size_of(self, shard: ShardId) -> int:
        """Return the bytes of a shard that is done."""
        size: int = self._shards[str(shard)]["size"]
        return size

    def forget(self, shard: ShardId) -> None:
        """Take a shard whose file is gone for not done."""
        del self._shards[str(shard)]

    @property
    def done(self) -> list[ShardId]:
        """All shards done, in order."""
        return sorted(ShardId(*map(int, name.split("-"))) for name in self._shards)

    def add(self, result: ShardResult) -> None:
        """Note a shard that is done; the file is written now or soon."""
        self._shards[str(result.id)] = {
            "rows": result.rows,
            "failures": result.failures,
            "size": result.size,
            "labels": dict(result.label_counts),
        }
        if time.monotonic() >= self._next_write:
            self.write()

    def end_file(self, file: int, n_shards: int) -> None:
        """Note that an input has ended, with so many shards."""
        self._n_shards[file] = n_shards

    def write(self) -> None:
        """Write the file."""
        start = time.monotonic()
        content = {
            "format": _FORMAT,
            "format_version": _FORMAT_VERSION,
            "key": self._key,
            "complete": self.complete,
            "shards_of_files": {str(file): n for file, n in self._n_shards.items()},
            "shards": self._shards,
        }
        self._storage.write(self._path, lambda file: file.write(json.dumps(content).encode()))
        now = time.monotonic()
        self._next_write = now + (now - start) / _WRITING_SHARE

    def _read(self, content: bytes) -> None:
        try:
            found = json.loads(content)
            if (found["format"], found["format_version"]) != (_FORMAT, _FORMAT_VERSION):
                raise ValueError
            key = dict(found["key"])
            shards, files = dict(found["shards"]), dict(found["shards_of_files"])
            self.complete = bool(found["complete"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{self._path} is not the manifest of a job that this EmotiCare can continue. "
                "Start over with --restart, or name another output."
            ) from error
        changes = _changes(key, self._key)
        if changes:
            raise UsageError(
                f"Expected the job that {self._path} tells of, found another: "
                f"{'; '.join(changes)}. Start over with --restart, or name another output."
            )
        self._shards = shards
        self._n_shards = {int(file): int(n) for file, n in files.items()}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    changes = []
    if old.get("model") != new["model"]:
        changes.append("the model is another one")
    if old.get("emoticare") != new["emoticare"]:
        changes.append(f"EmotiCare was {old.get('emoticare')} and is {new['emoticare']}")
    if old.get("inputs") != new["inputs"]:
        changes.append(_input_change(old.get("inputs"), new["inputs"]))
    old_settings = old.get("settings")
    old_settings = old_settings if isinstance(old_settings, dict) else {}
    for name, value in new["settings"].items():
        if old_settings.get(name) != value:
            changes.append(f"{name} was {old_settings.get(name)!r} and is {value!r}")
    return changes


def _input_change(old: Any, new: list[dict[str, Any]]) -> str:
    if any(file["path"] == "-" for file in new):
        return "standard input cannot be resumed"
    identities = {file["path"]: file for file in old} if isinstance(old, list) else {}
    if list(identities) != [file["path"] for file in new]:
        return "the inputs are other files"
    changed = [file["path"] for file in new if identities[file["path"]] != file]
    return f"the input {changed[0]} has changed"
