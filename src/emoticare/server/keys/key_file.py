"""The file of named keys: TOML with the hash of each key, and what its holder may do."""

import hashlib
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emoticare.errors import UsageError
from emoticare.server.keys.token_bucket import MOST_PER_MINUTE

_MOST_BYTES: Final = 1_000_000
# tomllib takes the square of a key's parts in memory.
_MOST_DOTS: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LIMITS: Final = ("requests_per_minute", "texts_per_minute", "concurrency")
_FIELDS: Final = ("sha256", *_LIMITS, "routes")
_EXAMPLE: Final = "`emoticare serve-key NAME` prints one"


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key, and what its holder may do.

    Attributes:
        digest: The key's SHA-256.
        name: The name in logs and metrics; None for a key of a plain list.
        requests_per_minute: Most requests for scores in a minute; None for any number.
        texts_per_minute: Most texts in a minute; None for any number.
        concurrency: Most requests at a time, and as many open streams; None for any number.
        routes: Paths that may be asked; None for all.
    """

    digest: bytes
    name: str | None = None
    requests_per_minute: int | None = None
    texts_per_minute: int | None = None
    concurrency: int | None = None
    routes: frozenset[str] | None = None

    @property
    def holder(self) -> str:
        """What tells the holder apart from others: the name, or else the hash."""
        return self.name or self.digest.hex()


def digest(key: str) -> bytes:
    """Return a key's hash.

    A fast one: a key of 256 random bits cannot be guessed, however fast guesses are checked. Slow
    hashes protect what people make up, and would let anybody keep the server busy with wrong keys.
    """
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()


def new_key(name: str) -> tuple[str, str]:
    """Make a key.

    Args:
        name: What logs and metrics call its holder.

    Returns:
        The key, and the lines of TOML for the file of keys.

    Raises:
        UsageError: If the name is none that a file may hold.
    """
    _check_name(name, "")
    key = f"emoticare_{secrets.token_urlsafe(32)}"
    lines = (
        f"[keys.{name}]",
        f'sha256 = "{digest(key).hex()}"',
        "# requests_per_minute = 600",
        "# texts_per_minute = 6000",
        "# concurrency = 8",
        '# routes = ["/v1/emotions", "/v1/stream"]',
    )
    return key, "\n".join(lines)


def read_key_file(path: Path) -> tuple[ApiKey, ...]:
    """Read the named keys.

    Raises:
        UsageError: If the file cannot be used; says where it is wrong, without quoting it, since
            somebody may have put a key where its hash belongs.
    """
    text = _text(path)
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise UsageError(f"{path}: expected at most {_MOST_DOTS} dots in a line, found more.")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: expected TOML, found: {error}.") from None
    except RecursionError:
        raise UsageError(f"{path}: expected TOML, found it nested too deep.") from None
    except ValueError:
        raise UsageError(f"{path}: expected TOML, found a number of too many digits.") from None
    tables = content.get("keys")
    if content.keys() != {"keys"} or not isinstance(tables, dict) or not tables:
        # An empty file must not open the server to everybody.
        raise UsageError(f"{path}: expected tables [keys.NAME] and nothing else; {_EXAMPLE}.")
    keys = tuple(_key(name, table, f"{path}: ") for name, table in tables.items())
    if len({key.digest for key in keys}) < len(keys):
        raise UsageError(f"{path}: expected a key of its own for each name, found one for several.")
    return keys


def _text(path: Path) -> str:
    try:
        if not path.is_file():  # reading a pipe or a device may never end
            raise UsageError(f"{path}: expected a file of keys, found none. {_EXAMPLE}.")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path}: expected at most {_MOST_BYTES} bytes, found more.")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the file of keys could not be read.") from error


def _key(name: str, table: object, where: str) -> ApiKey:
    _check_name(name, where)
    where += f"[keys.{name}]: "
    if not isinstance(table, dict):
        raise UsageError(f"{where}expected a table; {_EXAMPLE}.")
    if not table.keys() <= set(_FIELDS):
        raise UsageError(f"{where}expected {', '.join(_FIELDS)}, found another field.")
    sha256 = table.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise UsageError(
            f"{where}expected sha256, the key's hash in 64 hexadecimal digits; {_EXAMPLE}."
        )
    return ApiKey(
        digest=bytes.fromhex(sha256),
        name=name,
        routes=_routes(table, where),
        **{limit: _limit(table, limit, where) for limit in _LIMITS},
    )


def _check_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{where}Expected a key's name of up to 64 letters, digits, _ and -, found another."
        )


def _limit(table: Mapping[str, Any], name: str, where: str) -> int | None:
    value = table.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= MOST_PER_MINUTE:
        raise UsageError(f"{where}expected {name} as a number from 1 to {MOST_PER_MINUTE}.")
    return value


def _routes(table: Mapping[str, Any], where: str) -> frozenset[str] | None:
    routes = table.get("routes")
    if routes is None:
        return None
    if not isinstance(routes, list) or not routes or not all(map(_is_path, routes)):
        raise UsageError(f'{where}expected routes as a list such as ["/v1/emotions"].')
    return frozenset(routes)


def _is_path(route: object) -> bool:
    return isinstance(route, str) and route.startswith("/")
