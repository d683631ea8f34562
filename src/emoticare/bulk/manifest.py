"""The manifest: what a job is, and which of its shards are done."""

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from emoticare.bulk.locks import Lock, guarded
from emoticare.bulk.shards import ShardId, ShardResult
from emoticare.bulk.storage import Storage
from emoticare.errors import UsageError

_FORMAT: Final = "emoticare-score"
_FORMAT_VERSION: Final = 2
_SHARD_ID: Final = re.compile(r"\d{5,9}-\d{5,9}")
_MALFORMED: Final = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
# Of a run's time, at most this share goes into writing the manifest, however many shards it lists.
_WRITING_SHARE: Final = 0.05


class Manifest:
    """The state of a job, kept in a file.

    Args:
        storage: Where the file lies.
        path: The file.
        key: What the job is: inputs, model and settings.
        lock: Of the output.
    """

    def __init__(self, storage: Storage, path: str, key: Mapping[str, Any], lock: Lock) -> None:
        self._storage = storage
        self._path = path
        self._key = key
        self._lock = lock
        self._shards: dict[str, dict[str, Any]] = {}
        self._n_shards: dict[int, int] = {}
        self._next_write = 0.0
        self.complete: bool = False

    @classmethod
    def resume(cls, storage: Storage, path: str, key: Mapping[str, Any], lock: Lock) -> "Manifest":
        """Read the manifest of an earlier run; without one, the job is new.

        Raises:
            UsageError: If the earlier run had another model, input or setting.
        """
        manifest = cls(storage, path, json.loads(json.dumps(key)), lock)
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

    def sum_of(self, shard: ShardId) -> str:
        """Return the SHA-256 sum of a shard that is done."""
        sha256: str = self._shards[str(shard)]["sha256"]
        return sha256

    def forget(self, shard: ShardId) -> None:
        """Take a shard whose file is gone or altered for not done."""
        del self._shards[str(shard)]

    @property
    def done(self) -> list[ShardId]:
        """All shards done, in order."""
        return sorted(ShardId(*map(int, name.split("-"))) for name in self._shards)

    def add(self, result: ShardResult) -> None:
        """Note a shard that is done; the file is written now or soon.

        Raises:
            UsageError: If the lock was lost.
        """
        self._shards[str(result.id)] = {
            "rows": result.rows,
            "failures": result.failures,
            "size": result.size,
            "sha256": result.sha256,
            "labels": dict(result.label_counts),
        }
        if time.monotonic() >= self._next_write:
            self.write()

    def end_file(self, file: int, n_shards: int) -> None:
        """Note that an input has ended, with so many shards."""
        self._n_shards[file] = n_shards

    def write(self) -> None:
        """Write the file.

        Raises:
            UsageError: If the lock was lost.
        """
        start = time.monotonic()
        content = {
            "format": _FORMAT,
            "format_version": _FORMAT_VERSION,
            "key": self._key,
            "complete": self.complete,
            "shards_of_files": {str(file): n for file, n in self._n_shards.items()},
            "shards": self._shards,
        }
        written = json.dumps({**content, "sha256": _sum(content)}).encode()
        self._storage.write(self._path, guarded(self._lock, lambda file: file.write(written)))
        now = time.monotonic()
        self._next_write = now + (now - start) / _WRITING_SHARE

    def _read(self, content: bytes) -> None:
        try:
            found = json.loads(content)
            if (found["format"], found["format_version"]) != (_FORMAT, _FORMAT_VERSION):
                raise ValueError("another format")
            if found.pop("sha256") != _sum(found):
                raise ValueError("other bytes than were written")
            key, complete, shards = found["key"], found["complete"], dict(found["shards"])
            n_shards = {int(file): int(n) for file, n in found["shards_of_files"].items()}
            if not all(_is_shard(name, shard) for name, shard in shards.items()):
                raise ValueError("a shard that is none")
        except _MALFORMED as error:
            raise UsageError(
                f"{self._path} is damaged, or not the manifest of a job that this EmotiCare can "
                "continue. Start over with --restart, or name another output."
            ) from error
        changes = _changes(key, self._key)
        if changes:
            raise UsageError(
                f"Expected the job that {self._path} tells of, found another: "
                f"{'; '.join(changes)}. Start over with --restart, or name another output."
            )
        self.complete = complete is True
        self._shards, self._n_shards = shards, n_shards


def _sum(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 sum of a manifest, however its keys are ordered."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _is_shard(name: str, shard: object) -> bool:
    return (
        _SHARD_ID.fullmatch(name) is not None
        and isinstance(shard, dict)
        and all(_is_count(shard.get(field)) for field in ("rows", "failures", "size"))
        and isinstance(shard.get("sha256"), str)
        and isinstance(shard.get("labels"), dict)
        and all(map(_is_count, shard["labels"].values()))
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _changes(old: object, new: Mapping[str, Any]) -> list[str]:
    if not isinstance(old, dict):
        return ["it tells of none"]
    changes = []
    if old.get("model") != new["model"]:
        changes.append("the model is another one")
    if old.get("emoticare") != new["emoticare"]:
        changes.append(f"EmotiCare was {old.get('emoticare')} and is {new['emoticare']}")
    if not _are_same_inputs(old.get("inputs"), new["inputs"]):
        changes.append(_input_change(old.get("inputs"), new["inputs"]))
    old_settings = old.get("settings")
    old_settings = old_settings if isinstance(old_settings, dict) else {}
    for name, value in new["settings"].items():
        if old_settings.get(name) != value:
            changes.append(f"{name} was {old_settings.get(name)!r} and is {value!r}")
    return changes


def _are_same_inputs(old: Any, new: list[dict[str, Any]]) -> bool:
    return isinstance(old, list) and len(old) == len(new) and all(map(_is_same_input, old, new))


def _is_same_input(old: Any, new: Mapping[str, Any]) -> bool:
    """Return whether an input is as it was; a sum counts where both runs have worked one out."""
    if not isinstance(old, dict):
        return False
    sums = [file.get("sha256") for file in (old, new)]
    same = old.get("path") == new["path"] and old.get("identity") == new["identity"]
    return same and (None in sums or sums[0] == sums[1])


def _input_change(old: Any, new: list[dict[str, Any]]) -> str:
    if any(file["path"] == "-" for file in new):
        return "standard input cannot be resumed"
    files = [file for file in old if isinstance(file, dict)] if isinstance(old, list) else []
    if [file.get("path") for file in files] != [file["path"] for file in new]:
        return "the inputs are other files"
    changed = [
        file["path"]
        for file, before in zip(new, files, strict=True)
        if not _is_same_input(before, file)
    ]
    return f"the input {changed[0]} has changed"
