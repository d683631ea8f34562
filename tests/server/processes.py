"""`emoticare serve` as its users start it: a process, its logs, and signals."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .conftest import TIMEOUT_S, until


@dataclass
class ServerProcess:
    """A process that serves, and what it has printed."""

    process: subprocess.Popen
    output: list[str]

    @property
    def url(self) -> str:
        return re.search(r"http://[^\"\s]+", next(x for x in self.output if "listening" in x))[0]

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        parts = urlsplit(self.url)
        with closing(
            http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
        ) as connection:
            yield connection

    def status(self) -> int:
        """Return the status of its health; 0 where nobody listens."""
        try:
            with self.connection() as connection:
                connection.request("GET", "/health")
                return connection.getresponse().status
        except OSError:
            return 0

    def metric(self, name: str) -> float:
        with self.connection() as connection:
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def stop(self, sig: int = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(TIMEOUT_S)


@contextmanager
def serving(
    model: Path, *options: str, open_files: int | None = None, **environment: str
) -> Iterator[ServerProcess]:
    """Serve in a process of its own.

    Args:
        open_files: Most files that it may open; the system's limit by default.
    """
    command = [sys.executable, "-m", "emoticare", "serve", "--port", "0", "--model", str(model)]
    if open_files:
        command = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
    with subprocess.Popen(
        [*command, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        server = ServerProcess(process, [])
        reader = threading.Thread(target=lambda: server.output.extend(process.stdout))
        reader.start()
        try:
            until(lambda: any("listening" in line for line in server.output))
            until(lambda: server.status() == 200)
            yield server
        finally:
            process.kill()
            reader.join(TIMEOUT_S)


def log_lines(server: ServerProcess) -> list[dict]:
    return [json.loads(line) for line in server.output]
