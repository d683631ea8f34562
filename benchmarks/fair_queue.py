"""How long one text takes beside clients that send a thousand at a time, and what that costs them.

python benchmarks/fair_queue.py --seconds 20 --rounds 3
python benchmarks/fair_queue.py --against ../before    # beside the server of another checkout

Each client comes from an address of its own, 127.0.0.1 and so on, as Linux allows.
"""

import argparse
import http.client
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.synchronize import Event
from pathlib import Path

from servers import metric, started

HERE = Path(__file__).parent
PORT = 8323
URL = f"http://127.0.0.1:{PORT}"
HEADERS = {"Content-Type": "application/json"}
WARM_UP_S = 3
SENTENCES = [
    "Thanks!",
    "That was rude and uncalled for.",
    "I'm so proud of everything we've built together!",
    "The meeting is on Tuesday at ten, please bring the printed forms.",
    "I miss her every single day, and some days are harder than others, but we will manage.",
]


@dataclass
class Seen:
    """What was seen of a server.

    Attributes:
        alone_ms: Latencies of one text at a time, with nothing else to do.
        beside_ms: The same beside the clients of many texts.
        statuses: How single texts were answered beside them.
        n_texts: Texts that were scored meanwhile, of all clients.
        seconds: How long that took.
    """

    alone_ms: list[float] = field(default_factory=list)
    beside_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    n_texts: float = 0
    seconds: float = 0

    def figures(self) -> dict[str, object]:
        return {
            "alone_p50_ms": percentile(self.alone_ms, 50),
            "p50_ms": percentile(self.beside_ms, 50),
            "p99_ms": percentile(self.beside_ms, 99),
            "max_ms": max(self.beside_ms),
            "texts_per_second": self.n_texts / self.seconds,
            "n_requests": len(self.beside_ms),
            "statuses": dict(self.statuses),
        }


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def one_text_at_a_time(seconds: float) -> Iterator[tuple[int, float]]:
    """Yield the status and the latency of each answer."""
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    end_s = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end_s:
        body = json.dumps({"text": SENTENCES[number % len(SENTENCES)]})
        start_s = time.perf_counter()
        client.request("POST", "/v1/emotions", body, HEADERS)
        response = client.getresponse()
        response.read()
        yield response.status, 1000 * (time.perf_counter() - start_s)
        number += 1
    client.close()


def many_texts_at_a_time(address: str, n_texts: int, is_over: Event) -> None:
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60, source_address=(address, 0))
    texts = [f"{SENTENCES[i % len(SENTENCES)]} {i}" for i in range(n_texts)]
    body = json.dumps({"texts": texts})
    while not is_over.is_set():
        client.request("POST", "/v1/emotions", body, HEADERS)
        client.getresponse().read()


@contextmanager
def bulk(n_clients: int, n_texts: int) -> Iterator[None]:
    """Let clients ask for many texts, in processes of their own, until the block ends."""
    context = multiprocessing.get_context("spawn")
    is_over = context.Event()
    clients = [
        context.Process(target=many_texts_at_a_time, args=(f"127.0.0.{2 + i}", n_texts, is_over))
        for i in range(n_clients)
    ]
    for client in clients:
        client.start()
    try:
        time.sleep(WARM_UP_S)
        yield
    finally:
        is_over.set()
        for client in clients:
            client.join()


def n_scored() -> float:
    """Texts that the server has scored so far."""
    return metric(URL, "emoticare_batch_texts_sum")


def measure(checkout: Path, arguments: argparse.Namespace, seen: Seen, log: Path) -> None:
    source = f"PYTHONPATH={checkout.resolve() / 'src'}"
    command = ["env", source, sys.executable, "-m", "emoticare", "serve", "--port", str(PORT)]
    with started(command, URL, log):
        list(islice(one_text_at_a_time(WARM_UP_S), 50))
        seen.alone_ms += [ms for _, ms in one_text_at_a_time(WARM_UP_S)]
        with bulk(arguments.clients, arguments.texts):
            n_before, start_s = n_scored(), time.perf_counter()
            for status, ms in one_text_at_a_time(arguments.seconds):
                seen.statuses[status] += 1
                seen.beside_ms.append(ms)
            seen.n_texts += n_scored() - n_before
            seen.seconds += time.perf_counter() - start_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=3, help="that send many texts")
    parser.add_argument("--texts", type=int, default=1000, help="of each of their requests")
    parser.add_argument("--against", type=Path, help="folder of another checkout, asked in turn")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    arguments = parser.parse_args()
    checkouts = [*([arguments.against] if arguments.against else []), HERE.parent]
    seen = {checkout: Seen() for checkout in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for checkout in checkouts:
                measure(checkout, arguments, seen[checkout], Path(folder) / "log")
    print(f"\n{arguments.clients} clients send {arguments.texts} texts at a time, one sends one.\n")
    print("| server of | p50 alone | p50 | p99 | max | texts a second, of all | answers |")
    print("|---|---|---|---|---|---|---|")
    figures = {str(checkout): of_server.figures() for checkout, of_server in seen.items()}
    for checkout, of_server in figures.items():
        print(
            "| {} | {alone_p50_ms:.1f} ms | {p50_ms:.1f} ms | {p99_ms:.1f} ms | {max_ms:.1f} ms | "
            "{texts_per_second:,.0f} | {statuses} |".format(checkout, **of_server)
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
