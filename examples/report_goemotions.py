"""A report of GoEmotions' development texts, with times and groups that are made up.

    python examples/report_goemotions.py goemotions/dev.tsv report.html

The texts are real; when and where they were written is invented, with two changes that the report
should find: from June on, more of the grateful texts, and in the queue "billing" more of the angry.
"""

import csv
import datetime as dt
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HEAT = {"2", "3", "9", "10", "11"}  # anger, annoyance, disappointment, disapproval, disgust
THANKS = {"0", "15"}  # admiration, gratitude
QUEUES = ("app", "billing", "delivery", "shop", "support")


def made_up(labels: set[str], chance: random.Random) -> tuple[dt.datetime, str]:
    """Invent when a text was written and to whom."""
    day = chance.randrange(366)
    if labels & THANKS and chance.random() < 0.45:
        day = chance.randrange(152, 366)
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
        days=day, seconds=chance.randrange(86_400)
    )
    weights = [3, 6 if labels & HEAT else 2, 3, 4, 3]
    return moment, chance.choices(QUEUES, weights)[0]


def write_table(texts: Path, table: Path) -> None:
    """Write the texts with their made-up times and groups."""
    chance = random.Random(0)
    with (
        texts.open(encoding="utf-8", newline="") as source,
        table.open("w", encoding="utf-8", newline="") as sink,
    ):
        rows = csv.writer(sink)
        rows.writerow(["text", "written_at", "queue"])
        for number, line in enumerate(source):
            text, labels, _ = line.rstrip("\n").split("\t")
            moment, queue = made_up(set(labels.split(",")), chance)
            # Real data has gaps, too.
            written = "" if number % 400 == 0 else moment.isoformat()
            rows.writerow([text, written, queue])


def main() -> None:
    """Make the report."""
    texts, output = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "messages.csv"
        write_table(texts, table)
        command = f"report {table} --time-column written_at --group-column queue --output {output}"
        title = ["--title", "What our customers felt in 2024"]
        subprocess.run([sys.executable, "-m", "emoticare", *command.split(), *title], check=True)


if __name__ == "__main__":
    main()
