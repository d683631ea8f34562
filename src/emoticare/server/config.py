"""Everything that can be set about a server, in one frozen object."""

import ipaddress
import os
import re
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emoticare.errors import UsageError

if TYPE_CHECKING:
    from emoticare.meaning.moderation.policy import Policy

ENVIRONMENT_PREFIX: Final = "EMOTICARE_"
API_KEYS_VARIABLE: Final = ENVIRONMENT_PREFIX + "API_KEYS"

_MAX_PORT: Final = 65535
_MOST_BYTES_OF_KEYS: Final = 1_000_000
_ROOT_PATH: Final = re.compile(r"(/[\w.~-]+)*", re.ASCII)
_MAY_BE_ZERO: Final = ("port", "batch_wait_ms", "drain_delay_s")


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """How a server listens, what it allows, and how it batches.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        root_path: The path under which a proxy shows the server, such as `/emotions`; or empty.
        api_keys: Keys of which a client must send one; empty for an open server.
        named_keys: A file of further keys, with names and limits; None for none.
        cors_origins: Origins whose pages may call the server, such as `https://example.org`.
        allowed_hosts: Names by which clients may address the server; "*" for any. By default those
            of this machine if it listens to this machine only, else any.
        max_connections: Most open connections, but in a process never more than half of the files
            that the system lets it open.
        max_connections_per_client: Most open connections of one address.
        idle_timeout_s: Longest that a connection is kept between two requests.
        max_headers: Most headers of a request.
        max_header_bytes: Most bytes of a request's first line and headers.
        header_timeout_s: Longest that they take to arrive.
        max_concurrent_requests: Most requests for scores at a time, and as many open streams.
        max_texts: Most texts of a request.
        max_chars: Most characters of a text.
        max_body_bytes: Most bytes of a request's body or of a stream's message.
        max_queue_texts: Most texts that wait for the model, in each lane.
        queue_timeout_s: Longest that a request waits for its first batch.
        body_timeout_s: Longest that a body takes to arrive.
        drain_delay_s: How long everything is still served once the server is to stop, so that load
            balancers notice that it is not ready.
        drain_timeout_s: Longest that accepted requests may take from then on.
        batch_tokens: Most tokens of a batch, padding included.
        batch_wait_ms: Longest that texts wait to share a batch.
        workers: Batches that run at a time, in each lane.
        processes: Processes that serve.
        policy: What `/v1/moderations` goes by; None for the default one of the model.
        dashboard: A SQLite file for counts of what is scored; None keeps none.
        otlp_endpoint: Where traces go, over OTLP and HTTP; None for nowhere.

    Raises:
        UsageError: If a value makes no sense.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    root_path: str = ""
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    named_keys: Path | None = None
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    max_connections: int = 8192
    max_connections_per_client: int = 1024
    idle_timeout_s: float = 75.0
    max_headers: int = 100
    max_header_bytes: int = 32_768
    header_timeout_s: float = 10.0
    max_concurrent_requests: int = 512
    max_texts: int = 1000
    max_chars: int = 100_000
    max_body_bytes: int = 2_000_000
    max_queue_texts: int = 4096
    queue_timeout_s: float = 5.0
    body_timeout_s: float = 10.0
    drain_delay_s: float = 0.0
    drain_timeout_s: float = 30.0
    batch_tokens: int = 1024
    batch_wait_ms: float = 2.0
    workers: int = 1
    processes: int = 1
    policy: "Policy | None" = None
    dashboard: Path | None = None
    otlp_endpoint: str | None = None

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if isinstance(value, int | float) and not _is_sensible(option.name, value):
                raise UsageError(
                    f"Expected a positive number for {option.name}, found {value}. "
                    "See `emoticare serve --help`."
                )
        if self.processes > 1 and not hasattr(signal, "SIGHUP"):
            raise UsageError(f"Expected one process on this system, found {self.processes}.")
        if self.port > _MAX_PORT:
            raise UsageError(f"Expected a port up to {_MAX_PORT}, found {self.port}.")
        if not _ROOT_PATH.fullmatch(self.root_path):
            raise UsageError(
                f"Expected a root path such as /emotions, found {self.root_path!a}. It begins with "
                "a slash, ends without one, and has letters, digits, and any of . _ ~ - in between."
            )
        if self.max_texts > self.max_queue_texts:
            raise UsageError(
                f"Expected max_texts ({self.max_texts}) to fit into max_queue_texts "
                f"({self.max_queue_texts}). Raise the latter or lower the former."
            )

    @property
    def needs_key(self) -> bool:
        """Whether clients must send a key."""
        return bool(self.api_keys) or self.named_keys is not None

    def share(self, limit: int) -> int:
        """Return what each of the processes may take of a limit, since connections are spread."""
        return -(-limit // self.processes)


def read_api_keys(
    file: Path | None, environment: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Read the keys that clients may use.

    Args:
        file: One key a line; empty lines and lines that begin with # are skipped.
        environment: Its EMOTICARE_API_KEYS holds further keys, separated by commas.

    Returns:
        All keys, each once.

    Raises:
        UsageError: If the file cannot be read, is too large or holds no key, or a key is no visible
            ASCII.
    """
    keys = [key.strip() for key in environment.get(API_KEYS_VARIABLE, "").split(",")]
    if file is not None:
        keys += _keys_of(file)
    keys = [key for key in keys if key]
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise UsageError(
            "Expected API keys of visible ASCII characters, found another character in one of "
            "them. Generate keys with: openssl rand -hex 32"
        )
    return tuple(dict.fromkeys(keys))


def host_names(values: Iterable[str]) -> tuple[str, ...]:
    """Read the names by which clients may address the server.

    Args:
        values: Names, or several each, separated by commas.

    Returns:
        All names.

    Raises:
        UsageError: If one is no name of a host, or has a port.
    """
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    for name in names:
        if name != "*" and not _is_host(name):
            raise UsageError(
                f"Expected names or addresses of hosts, without ports, for allowed_hosts, found "
                f"{name}. See `emoticare serve --help`."
            )
    return names


def _is_host(name: str) -> bool:
    if ":" in name:
        try:
            ipaddress.IPv6Address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True
    return re.fullmatch(r"[A-Za-z0-9_.-]+", name) is not None


def _keys_of(file: Path) -> list[str]:
    try:
        with file.open("rb") as content:  # a pipe is one, too, and may have no end
            read = content.read(_MOST_BYTES_OF_KEYS + 1)
        lines = read.decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file of API keys, {file}, could not be read.") from error
    if len(read) > _MOST_BYTES_OF_KEYS:
        raise UsageError(
            f"Expected at most {_MOST_BYTES_OF_KEYS} bytes of API keys in {file}, found more."
        )
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        # An empty file must not open the server to everybody.
        raise UsageError(f"Expected API keys in {file}, one a line, found none.")
    return keys


def _is_sensible(name: str, value: float) -> bool:
    return 0 < value < float("inf") or (value == 0 and name in _MAY_BE_ZERO)
