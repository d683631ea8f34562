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
from typing import Any
from urllib.parse import urlsplit

from .conftest import TIMEOUT_S, until


@dataclass
class ServerProcess:
    """A process that serves, and what it has printed."""

    process: subprocess.Popen[str]
    output: list[str]

    @property
    def url(self) -> str:
        line = next(line for line in self.output if "listening" in line)
        found = re.search(r"http://[^\"\s]+", line)
        assert found is not None, line
        return found[0]

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        address = urlsplit(self.url).netloc
        with closing(http.client.HTTPConnection(address, timeout=TIMEOUT_S)) as connection:
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
        assert process.stdout is not None
        reader = threading.Thread(target=server.output.extend, args=[process.stdout])
        reader.start()
        try:
            until(lambda: any("listening" in line for line in server.output))
            until(lambda: server.status() == 200)
            yield server
        finally:
            process.kill()
            reader.join(TIMEOUT_S)


class Clients:
    """Clients in a loop, and the statuses that they have seen.

    Args:
        server: Whom they ask.
        opens_anew: Whether they open a connection for each request, or keep theirs.
        headers: Further headers of their requests.
    """

    _BODY = json.dumps({"texts": ["so happy " * 20] * 10})

    def __init__(self, server: ServerProcess, *, opens_anew: bool, **headers: str) -> None:
        self.statuses: list[int] = []
        self.lost: list[Exception] = []
        self.n_refused = 0
        self._server, self._opens_anew = server, opens_anew
        self._headers = {"Content-Type": "application/json", **headers}
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(8)]

    @contextmanager
    def asking(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            until(lambda: len(self.statuses) > 3 * len(self._threads))
            yield
        finally:
            self._is_over.set()
            for thread in self._threads:
                thread.join(TIMEOUT_S)

    def _run(self) -> None:
        while not self._is_over.is_set():
            with self._server.connection() as connection:
                try:
                    connection.connect()
                except ConnectionRefusedError:
                    self.n_refused += 1
                    return
                self._ask(connection)

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        """Send requests until the server says that the connection ends."""
        while connection.sock is not None and not self._is_over.is_set():
            try:
                connection.request("POST", "/v1/emotions", self._BODY, self._headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(error)
                return
            self.statuses.append(response.status)
            if self._opens_anew:
                return


def log_lines(server: ServerProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.output]
