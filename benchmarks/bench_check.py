"""Fails where EmotiCare is not faster than a plain ONNX Runtime loop by the ratio in a file.

    python benchmarks/bench_check.py --data goemotions/

The two take turns on the same texts in many short rounds; the median ratio of a round counts, which
a machine's moods hardly move.
"""

import argparse
import json
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

from emoticare.engines.cpus import thread_count
from emoticare.evaluation.benchmark.rivals import prepared_rivals
from emoticare.evaluation.benchmark.rounds import interleaved_rates
from emoticare.evaluation.benchmark.texts import read_texts
from emoticare.evaluation.benchmark.worker import Worker
from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

FLOOR = Path(__file__).with_name("bench_floor.json")
KEY = "speedup_vs_plain_ort"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with test.tsv; made-up texts by default")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--texts", type=int, default=2000, help="of a round")
    arguments = parser.parse_args()
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))[KEY]
    artifact = load_artifact(EMBEDDED_MODEL)
    texts, threads = read_texts(arguments.data, artifact), thread_count()
    with prepared_rivals(artifact) as rivals, ExitStack() as stack:
        if rivals.plain_onnx is None:
            sys.exit("Expected onnx to be installed, found none: pip install 'emoticare[export]'")
        plain = {"folder": str(rivals.plain_onnx), "max_length": artifact.config.max_length}
        workers = {
            "own": stack.enter_context(Worker("own", threads=threads)),
            "plain_ort": stack.enter_context(Worker("plain_ort", threads=threads, **plain)),
        }
        for worker in workers.values():
            worker.seconds(texts.texts[:256])
        rounds = texts.rounds(arguments.texts, arguments.rounds)
        rates = interleaved_rates(workers, rounds, turns=["own", "plain_ort"])
    ratios = sorted(a / b for a, b in zip(rates["own"], rates["plain_ort"], strict=True))
    ratio = statistics.median(ratios)
    print(
        f"{ratio:.2f} times the plain loop (rounds from {ratios[0]:.2f} to {ratios[-1]:.2f}), "
        f"{statistics.median(rates['own']):,.0f} against "
        f"{statistics.median(rates['plain_ort']):,.0f} texts a second; floor {floor}"
    )
    if ratio < floor:
        sys.exit(f"Expected at least {floor} times the plain loop, found {ratio:.2f}.")


if __name__ == "__main__":
    main()
