"""How many single texts one process and several answer in a second, on the same processors.

python benchmarks/processes.py --seconds 10 --rounds 3
python benchmarks/processes.py --cpus 0,1 --processes 2 --clients 64

The servers take turns, each alone on the processors of --cpus; wrk runs wherever the system puts
it, so on a machine that has no others it takes its part of them, in either case the same way.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from servers import ask, metric, started

PORT = 8324
URL = f"http://127.0.0.1:{PORT}"
WARM_UP_S = 2


@dataclass
class Seen:
    """What was seen of a number of processes.

    Attributes:
        per_second: Texts a second, by round.
        p50_ms: Median latencies, by round.
        p99_ms: 99th percentiles, by round.
        statuses: Answers by status, of all rounds.
        memory_mb: Memory of all processes at the end of each round, without the supervisor.
    """

    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        return {
            "per_second": statistics.median(self.per_second),
            "p50_ms": statistics.median(self.p50_ms),
            "p99_ms": statistics.median(self.p99_ms),
            "memory_mb": statistics.median(self.memory_mb),
            "statuses": dict(self.statuses),
            "rounds": self.per_second,
        }


def measure(processes: int, arguments: argparse.Namespace, seen: Seen, log: Path) -> None:
    pinned = ["taskset", "--cpu-list", arguments.cpus]
    options = ["--port", str(PORT), "--processes", str(processes)]
    with started([*pinned, sys.executable, "-m", "emoticare", "serve", *options], URL, log):
        ask(f"{URL}/v1/emotions", arguments.clients, WARM_UP_S)
        load = ask(f"{URL}/v1/emotions", arguments.clients, arguments.seconds)
        seen.per_second.append(load.per_second)
        seen.p50_ms.append(load.p50_ms)
        seen.p99_ms.append(load.p99_ms)
        seen.statuses.update(load.statuses)
        seen.memory_mb.append(metric(URL, "process_resident_memory_bytes") / 1e6)


def main() -> None:
    usable = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--processes", type=int, default=2, help="compared with one")
    parser.add_argument("--cpus", default=usable, help="processors of the servers")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    arguments = parser.parse_args()
    seen = {number: Seen() for number in (1, arguments.processes)}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for number, of_number in seen.items():
                measure(number, arguments, of_number, Path(folder) / "log")
    figures = {number: of_number.figures() for number, of_number in seen.items()}
    print(f"\n{arguments.clients} clients with single texts, processors {arguments.cpus}\n")
    print("| processes | texts a second | p50 | p99 | memory | answers |")
    print("|---|---|---|---|---|---|")
    for number, found in figures.items():
        print(
            "| {} | {per_second:,.0f} | {p50_ms:.1f} ms | {p99_ms:.1f} ms | {memory_mb:,.0f} MB | "
            "{statuses} |".format(number, **found)
        )
    several, one = (statistics.median(seen[n].per_second) for n in (arguments.processes, 1))
    print(f"\n{arguments.processes} processes answer {several / one:.2f} times as many as one.")
    if arguments.json:
        figures_by_name = {str(number): found for number, found in figures.items()}
        arguments.json.write_text(json.dumps(figures_by_name, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
