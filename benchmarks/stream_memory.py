"""Peak memory while texts from a generator go through `EmotionClassifier.stream`.

    python benchmarks/stream_memory.py --texts 1000000

Every text is another one, of random length, some of them long; predictions are counted and dropped.
The resident set is printed as it goes, and its peak at the end.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import emoticare

WORDS = """
    i you he she it we they am is are was be have has do did not no yes so very really just happy
    sad angry proud sorry afraid glad thanks love hate like want need hope fear good bad great awful
    best worst funny strange new old day night week year friend people family work home school food
"""
STEPS = 20
LONG_EVERY = 200
STATUS = Path("/proc/self/status")


def texts(n_texts: int) -> Iterator[str]:
    chooser, words = random.Random(0), WORDS.split()
    for i in range(n_texts):
        n_words = chooser.randint(1, 500) if i % LONG_EVERY == 0 else chooser.randint(1, 35)
        yield f"{' '.join(chooser.choices(words, k=n_words))} {i}"


def memory_mb(field: str) -> float:
    """VmRSS is what the process holds now, VmHWM the most it ever held; in 10^6 bytes."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=1_000_000)
    arguments = parser.parse_args()
    classifier = emoticare.load()
    start_s, step = time.monotonic(), max(1, arguments.texts // STEPS)
    n_labels = 0
    for i, prediction in enumerate(classifier.stream(texts(arguments.texts)), start=1):
        n_labels += len(prediction.labels)
        if i % step == 0:
            print(
                f"{i:>9,} texts  {memory_mb('VmRSS'):6.0f} MB now  {memory_mb('VmHWM'):6.0f} MB "
                f"at most  {i / (time.monotonic() - start_s):7,.0f} texts/s",
                flush=True,
            )
    print(
        json.dumps(
            {
                "texts": arguments.texts,
                "labels_found": n_labels,
                "peak_rss_mb": round(memory_mb("VmHWM"), 1),
                "seconds": round(time.monotonic() - start_s, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
