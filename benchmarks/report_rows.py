"""Memory and time of a report of very many rows, scored before.

    python benchmarks/report_rows.py --rows 10000000 --folder /tmp/report_rows

Writes a Parquet file with the columns of `emoticare score --scores all` (texts, times, groups and
made-up scores that are spread like real ones), makes its report in a process of its own, and prints
how long that took and how much memory it held at most. --csv does the same with a CSV file.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from emoticare.labels import LABELS

ROWS_AT_ONCE = 200_000
YEAR_S = 365 * 86_400
PROGRAM = """
import resource, sys, time
from pathlib import Path
from emoticare.report import ReportSettings, make_report
start = time.monotonic()
settings = ReportSettings(time_column="time", group_column="group", timezone="Europe/Berlin")
report = make_report([sys.argv[1]], settings)
Path(sys.argv[2]).write_text(report.to_html())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(report.summary.quality.scored, time.monotonic() - start, peak * 1024)
"""


def rows(count: int, chance: np.random.Generator) -> pa.Table:
    """Make up rows; scores are beta distributed, most of them small."""
    seconds = 1_700_000_000 + chance.integers(0, YEAR_S, count)
    groups = np.array([f"group {i}" for i in range(40)])[chance.integers(0, 40, count)]
    texts = [f"made-up text number {i}, about as long as a short comment" for i in range(count)]
    columns = {
        "text": pa.array(texts),
        "time": pa.array(seconds, pa.timestamp("s", "UTC")),
        "group": pa.array(groups),
    }
    for label in LABELS:
        columns[f"emotion_score_{label}"] = pa.array(
            chance.beta(0.15, 3.0, count).astype(np.float32)
        )
    return pa.table(columns)


def write(path: Path, count: int) -> None:
    """Write the file, some rows at a time."""
    chance = np.random.default_rng(0)
    schema = rows(1, chance).schema
    make = pq.ParquetWriter if path.suffix == ".parquet" else pyarrow.csv.CSVWriter
    with make(path, schema) as writer:
        for start in range(0, count, ROWS_AT_ONCE):
            writer.write_table(rows(min(ROWS_AT_ONCE, count - start), chance))


def main() -> None:
    """Write the file, make the report, print the figures as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--csv", action="store_true")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    table = chosen.folder / f"rows-{chosen.rows}.{'csv' if chosen.csv else 'parquet'}"
    if not table.exists():
        write(table, chosen.rows)
    command = [sys.executable, "-c", PROGRAM, str(table), str(chosen.folder / "report.html")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    scored, seconds, peak = map(float, done.stdout.split())
    cpu_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    print(
        json.dumps(
            {
                "rows": int(scored),
                "file_mb": round(table.stat().st_size / 1e6),
                "seconds": round(seconds, 1),
                "cpu_seconds": round(cpu_s, 1),
                "peak_mb": round(peak / 1e6),
            }
        )
    )


if __name__ == "__main__":
    main()
