"""Starts servers to be measured, and measures them with wrk, which leaves the processor to them."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

REQUESTS = Path(__file__).with_name("texts.lua")
START_TIMEOUT_S = 120


@dataclass(frozen=True)
class Load:
    """What wrk saw.

    Attributes:
        statuses: Answers by status.
        seconds: How long it asked.
        p50_ms: Median latency.
        p99_ms: 99th percentile of the latency.
        max_ms: Longest latency.
        no_answer: Requests without any answer.
    """

    statuses: dict[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    no_answer: int

    @property
    def per_second(self) -> float:
        """Texts scored in a second."""
        return self.statuses.get("200", 0) / self.seconds


def ask(url: str, clients: int, seconds: float, field: str = "text") -> Load:
    """Let a number of clients ask for single texts, each as soon as it has its answer."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("Expected wrk, found none. Install it, on Debian with: apt-get install wrk")
    command = [
        wrk,
        "-t1",
        f"-c{clients}",
        f"-d{round(seconds)}s",
        "--timeout",
        "30s",
        "-s",
        str(REQUESTS),
    ]
    done = subprocess.run(
        [*command, url],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FIELD": field},
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("JSON "))
    return Load(**json.loads(line.removeprefix("JSON ")))


@contextmanager
def started(command: list[str], url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its log goes to a file."""
    raise_file_limit()
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as server,
    ):
        try:
            _until_healthy(server, url)
            yield server
        finally:
            server.terminate()
            server.wait(START_TIMEOUT_S)


def raise_file_limit() -> None:
    """Allow thousands of connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def is_healthy(url: str) -> bool:
    """Return whether a server answers its health check."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False


def metric(url: str, name: str) -> float:
    """Return what a server's metrics say of a name, over all of its processes."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as response:
        lines = response.read().decode().splitlines()
    found = [float(line.split()[-1]) for line in lines if line.startswith(name)]
    if not found:
        raise ValueError(f"the server does not tell its {name}")
    return sum(found)


def _until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while not is_healthy(url):
        if server.poll() is not None or time.monotonic() > end_s:
            sys.exit(f"Expected a server at {url}, found none; see its log.")
        time.sleep(0.05)
