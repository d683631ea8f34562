"""What the server does under load that nobody wishes for; fails if it does not hold.

python benchmarks/load_test.py --seconds 15 --overload-seconds 60 --soak-seconds 300
"""

import argparse
import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from servers import Load, ask, is_healthy, metric, started

PORT = 8322
URL = f"http://127.0.0.1:{PORT}"
ROUTE = f"{URL}/v1/emotions"
LIMIT = 512  # the server's default for requests at a time
HEAD = (
    "POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {}\r\n\r\n"
)
HEALTHY_WITHIN_S = 5
RECOVERED_MB = 64


@dataclass
class Report:
    """What was seen, and what should not have been."""

    rows: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    loads: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, name: str, load: Load, allowed: tuple[str, ...]) -> None:
        self.loads[name] = vars(load)
        self.rows.append(
            f"| {name} | {load.per_second:,.0f} | {load.p50_ms:.0f} | {load.p99_ms:.0f} | "
            f"{load.max_ms:.0f} | {load.statuses} | {load.no_answer} | {memory_mb():.0f} |"
        )
        self.check(f"{name}: statuses", set(load.statuses) <= set(allowed))
        self.check(f"{name}: some were scored", load.per_second > 0)
        self.check(f"{name}: every request was answered", load.no_answer == 0)
        self.check(f"{name}: healthy again", recovers())

    def check(self, what: str, holds: bool) -> None:
        if not holds:
            self.faults.append(what)


def memory_mb() -> float:
    return metric(URL, "process_resident_memory_bytes") / 1e6


def recovers() -> bool:
    end_s = time.monotonic() + HEALTHY_WITHIN_S
    while time.monotonic() < end_s:
        if is_healthy(URL):
            return True
        time.sleep(0.1)
    return False


def beside(client: Callable[[threading.Event], None], n_clients: int, seconds: float) -> Load:
    """Let good clients ask while odd ones do what they do."""
    is_over = threading.Event()
    threads = [threading.Thread(target=client, args=(is_over,)) for _ in range(n_clients)]
    for thread in threads:
        thread.start()
    try:
        return ask(ROUTE, 16, seconds)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def slow_client(is_over: threading.Event) -> None:
    """Send a byte a second, and again once it is cut off."""
    while not is_over.is_set():
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            try:
                client.sendall(HEAD.format(1000).encode())
                while not is_over.wait(1):
                    client.sendall(b" ")
            except OSError:
                continue


def client_that_hangs_up(is_over: threading.Event) -> None:
    body = json.dumps({"texts": ["I never wait for an answer."] * 20})
    while not is_over.wait(0.02):
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.sendall((HEAD.format(len(body)) + body).encode())


def client_with_a_huge_body(is_over: threading.Event) -> None:
    """Send half a gigabyte without saying so first."""
    head = HEAD.replace("Content-Length: {}", "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while not is_over.wait(0.5):
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            try:
                client.sendall(head.encode())
                for _ in range(8000):
                    if is_over.is_set():
                        break
                    client.sendall(chunk)
            except OSError:
                continue


def run(arguments: argparse.Namespace) -> Report:
    report, seconds = Report(), arguments.seconds
    ask(ROUTE, 64, 3)  # to warm up
    report.add("steady, 64 clients", ask(ROUTE, 64, seconds), ("200",))
    report.add("burst, as many as allowed", ask(ROUTE, LIMIT, seconds), ("200", "503"))
    at_first = memory_mb()
    report.add(
        "10 times as many",
        ask(ROUTE, 10 * LIMIT, arguments.overload_seconds),
        ("200", "429", "503"),
    )
    report.check("memory comes back", memory_mb() < at_first + RECOVERED_MB)
    report.add("beside 200 slow ones", beside(slow_client, 200, seconds), ("200",))
    report.add(
        "beside 50 that hang up", beside(client_that_hangs_up, 50, seconds), ("200", "429", "503")
    )
    report.add("beside 4 huge bodies", beside(client_with_a_huge_body, 4, seconds), ("200",))
    before = memory_mb()
    report.add("soak, 64 clients", ask(ROUTE, 64, arguments.soak_seconds), ("200",))
    report.check("memory is flat", memory_mb() < before + RECOVERED_MB)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--overload-seconds", type=float, default=60)
    parser.add_argument("--soak-seconds", type=float, default=300)
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "emoticare", "serve", "--port", str(PORT)]
    command += ["--max-connections-per-client", "8192"]  # all clients are this machine
    with tempfile.TemporaryDirectory() as folder, started(command, URL, Path(folder) / "log"):
        report = run(arguments)
    print("\n| load | texts a second | p50 ms | p99 ms | max ms | answers | without | memory MB |")
    print("|---|---|---|---|---|---|---|---|", *report.rows, sep="\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(report.loads, indent=2) + "\n", encoding="utf-8")
    if report.faults:
        sys.exit("\nDid not hold: " + "; ".join(report.faults))
    print("\nEverything held.")


if __name__ == "__main__":
    main()
