"""All keys of a server, read again when their file changes."""

import asyncio
import hmac
import logging
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from emoticare.errors import UsageError
from emoticare.server.keys.failures import FailedKeys
from emoticare.server.keys.key_file import ApiKey, digest, read_key_file
from emoticare.server.keys.numbers import Keep, keep_alone
from emoticare.server.keys.quota import Quota
from emoticare.server.keys.token_bucket import Clock
from emoticare.server.metrics import ServerMetrics

_LOOK_EVERY_NS: Final = 1_000_000_000

_logger = logging.getLogger(__name__)


class KeyStore:
    """Knows the keys; to be used by one thread, that of the event loop.

    Args:
        keys: Keys without a name and without limits.
        path: The file of named keys; None for none.
        metrics: Where the use of named keys is counted.
        clock: Tells the time.
        keep: Where it is kept what has been used of limits.

    Attributes:
        failed: Wrong keys, by the networks that sent them.

    Raises:
        UsageError: If the file cannot be used.
    """

    def __init__(
        self,
        keys: Collection[str],
        path: Path | None,
        metrics: ServerMetrics,
        clock: Clock = time.monotonic_ns,
        keep: Keep = keep_alone,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._keep = keep
        self._path = path
        self._version: tuple[int, ...] | None = None
        self._unnamed: list[Quota] = []
        self._named: list[Quota] = []
        self._looking: asyncio.Task[None] | None = None
        self.failed: FailedKeys = FailedKeys(clock)
        self.change_unnamed(keys)
        self.reload()
        self._looked_ns = clock()

    @property
    def n_keys(self) -> int:
        """How many there are."""
        return len(self._unnamed) + len(self._named)

    def find(self, key: str) -> Quota | None:
        """Return the quota of a key, or None if it is none of this server."""
        sent, found = digest(key), None
        # Every key is compared, and by its hash, so that the time says nothing. Where a key stands
        # in both lists, its limits hold.
        for quota in (*self._unnamed, *self._named):
            if hmac.compare_digest(sent, quota.key.digest):
                found = quota
        return found

    async def refresh(self) -> None:
        """Read the file again if it has changed; looks once a second at most.

        Who asks meanwhile waits, so that no key counts that was taken back before; the event loop
        goes on.
        """
        if self._looking is None:
            now_ns = self._clock()
            if self._path is None or now_ns - self._looked_ns < _LOOK_EVERY_NS:
                return
            self._looked_ns = now_ns
            self._looking = asyncio.create_task(self._look(self._path))
        await asyncio.shield(self._looking)

    def reload(self) -> None:
        """Read the file again, in the caller's thread.

        Raises:
            UsageError: If it cannot be used; the keys stay as they were.
        """
        if self._path is None:
            return
        self._version = _version(self._path)
        self._take(read_key_file(self._path))

    async def reload_beside(self) -> None:
        """Read the file again, in another thread: a long one would hold up the event loop.

        Raises:
            UsageError: If it cannot be used; the keys stay as they were.
        """
        if self._path is not None:
            await self._read_beside(self._path, await asyncio.to_thread(_version, self._path))

    def change_unnamed(self, keys: Collection[str]) -> None:
        """Go by other keys without a name."""
        unnamed = (ApiKey(digest=digest(key)) for key in keys)
        self._unnamed = self._quotas(unnamed, self._unnamed)

    async def _look(self, path: Path) -> None:
        try:
            version = await asyncio.to_thread(_version, path)
            if version == self._version:
                return
            await self._read_beside(path, version)
        except UsageError as error:
            _logger.error("the API keys stay as they were: %s", error)
        else:
            _logger.info("read %d API keys", len(self._named))
        finally:
            self._looking = None

    async def _read_beside(self, path: Path, version: tuple[int, ...] | None) -> None:
        # Taken first: what changes while the file is read is then seen at the next look.
        self._version = version
        self._take(await asyncio.to_thread(read_key_file, path))

    def _take(self, keys: Iterable[ApiKey]) -> None:
        self._named = self._quotas(keys, self._named)
        self._metrics.name_keys({quota.key.name for quota in self._named if quota.key.name})

    def _quotas(self, keys: Iterable[ApiKey], former: Iterable[Quota]) -> list[Quota]:
        """Return a quota for each key, the former one where there is one; revoke the others."""
        known = {(quota.key.name, quota.key.digest): quota for quota in former}
        quotas = []
        for key in keys:
            quota = known.pop((key.name, key.digest), None)
            if quota:
                quota.change(key)
            else:
                quota = Quota(key, self._metrics, self._clock, self._keep)
            quotas.append(quota)
        for quota in known.values():
            quota.is_revoked = True
        return quotas


def _version(path: Path) -> tuple[int, ...] | None:
    """Return what changes with a file; None for a file that is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev
