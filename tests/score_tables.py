"""Reads and writes the small tables that tests of scoring use."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEXTS = ["so happy", "i hate it", "very sad day", "thanks friend", "what a strange new game"]
N_ROWS = 60


def write_csv(
    path: Path, rows: list[list[str]], header: Sequence[str] = ("id", "text", "n")
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of the shards in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}
