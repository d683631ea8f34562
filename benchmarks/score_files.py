"""Measures `emoticare score` on a large CSV file: rate against the bulk rate of the engine, memory.

    python benchmarks/score_files.py --data goemotions/ --rows 1000000

The file holds GoEmotions' texts again and again, with ids. The bulk rate is that of `predict_proba`
on texts in memory, in a process of its own, before and after. Memory is the peak of the resident
set, of the largest process where there are several.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BULK_TEXTS = 50_000


def main() -> None:
    arguments = parse_arguments()
    if arguments.bulk:
        print(bulk_rate(arguments.data, arguments.bulk))
        return
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        for n_rows in sorted({max(1, arguments.rows // 10), arguments.rows}):
            source = Path(folder) / f"{n_rows}.csv"
            write_table(source, arguments.data, n_rows)
            print(f"{n_rows} rows: reading alone {reading_rate(source):,.0f} rows/s", flush=True)
            for options in arguments.options:
                report(measure(source, n_rows, options.split(), arguments.data))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with GoEmotions' train.tsv"
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--options",
        action="append",
        help="further options of `emoticare score`, in one word; repeatable; "
        '"--workers 2" or "--engine ray --workers 2"',
    )
    parser.add_argument("--work", type=Path, help="folder for the files; the system's by default")
    parser.add_argument("--bulk", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.options = arguments.options or [""]
    return arguments


def texts_of(data: Path):
    with (data / "train.tsv").open(encoding="utf-8", newline="") as file:
        texts = [line.split("\t")[0] for line in file]
    return itertools.cycle(texts)


def write_table(path: Path, data: Path, n_rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "text", "source"])
        for i, text in zip(range(n_rows), texts_of(data), strict=False):
            writer.writerow([f"{i:09}", text, "goemotions"])


def bulk_rate(data: Path, n_texts: int) -> float:
    import emoticare

    classifier = emoticare.load()
    texts = list(itertools.islice(texts_of(data), n_texts))
    classifier.predict_proba(texts[:1000])
    start = time.perf_counter()
    classifier.predict_proba(texts)
    return n_texts / (time.perf_counter() - start)


def reading_rate(source: Path) -> float:
    """Rows a second that one process reads and cuts into shards, which is what a driver does."""
    from emoticare.bulk.formats import parse_format
    from emoticare.bulk.inputs import find_inputs
    from emoticare.bulk.settings import ScoreSettings
    from emoticare.bulk.shards import cut_shards
    from emoticare.bulk.sources import Sources

    start = time.perf_counter()
    settings = ScoreSettings()
    sources = Sources(find_inputs([str(source)], None), settings, (), parse_format("parquet"))
    shards = cut_shards(sources.rows(0), settings.shard_rows, settings.text_column)
    n_rows = sum(map(len, shards))
    return n_rows / (time.perf_counter() - start)


def measured_bulk_rate(data: Path, n_texts: int) -> float:
    command = [sys.executable, __file__, "--data", data, "--bulk", n_texts]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(source: Path, n_rows: int, options: list[str], data: Path) -> dict[str, object]:
    target, summary = source.with_suffix(".parquet"), source.with_suffix(".json")
    target.unlink(missing_ok=True)
    n_bulk = min(n_rows, BULK_TEXTS)
    before = measured_bulk_rate(data, n_bulk)
    command = [sys.executable, "-m", "emoticare", "score", source, "--output", target]
    command += ["--quiet", "--summary", summary, *options]
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)))
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"the run ended with status {status}")
    bulk = (before + measured_bulk_rate(data, n_bulk)) / 2
    figures = json.loads(summary.read_text())
    return {
        "options": " ".join(options) or "(one process)",
        "rows": figures["rows"],
        "seconds": round(seconds, 1),
        "rows_per_second_end_to_end": round(figures["rows"] / seconds, 1),
        "bulk_rate": round(bulk, 1),
        "share_of_bulk_rate": round(figures["rows"] / seconds / bulk, 3),
        "peak_memory_mb": round(usage.ru_maxrss / 1024, 1),
        "load_average": round(os.getloadavg()[0], 2),
    }


def report(figures: dict[str, object]) -> None:
    """Print the figures, and a row for the table in docs/scale.md."""
    print(json.dumps(figures))
    rate = float(str(figures["rows_per_second_end_to_end"]))
    cells = [
        figures["options"],
        f"{figures['rows']:,}",
        f"{rate:,.0f}",
        f"{figures['share_of_bulk_rate']:.0%}",
        f"{figures['peak_memory_mb']:.0f} MB",
        f"{1e9 / rate / 3600:,.0f} h",
    ]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
