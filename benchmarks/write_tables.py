"""Write the tables that benchmarks print into the pages that show them.

    python benchmarks/write_tables.py DATA [PAGE ...]

DATA holds `goemotions`, `ood` and `everyday`. In a page a comment says which command prints the
table below it, which of its tables that is, and by which model it was measured:

    <!-- benchmarks/documents.py --data goemotions/; table 1; model 34c619bbf7aa -->

A command runs once, whatever the number of its tables. A test compares the model with the embedded
one, so that a release without this step does not pass.
"""

import argparse
import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
# What the commands in the pages call them, and where they are in DATA.
PATHS: Final = {
    "goemotions/": "goemotions",
    "emobank.csv": "ood/emobank.csv",
    "sources/": "everyday",
}
_TABLE: Final = re.compile(
    r"<!-- (?P<command>benchmarks/\w+\.py[^;]*); table (?P<number>\d+); model (?P<model>\w+) -->\n"
    r"(?:\|.*\n)*"
)


@dataclass(frozen=True)
class MarkedTable:
    """A table of a page.

    Attributes:
        command: What prints it, from the script's path on.
        number: Which of the command's tables it is, from 1.
        model: The first digits of the digest of the model that was measured.
    """

    command: str
    number: int
    model: str


def pages() -> list[Path]:
    """Return the README and every page of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def marked_tables(page: Path) -> Iterator[MarkedTable]:
    """Yield the tables of a page that a command prints."""
    for found in _TABLE.finditer(page.read_text(encoding="utf-8")):
        yield MarkedTable(found["command"], int(found["number"]), found["model"])


def write(page: Path, data: Path, model: str) -> None:
    """Measure the tables of a page anew, and write them into it."""
    for table in marked_tables(page):
        printed_tables(table.command, data)

    # The page is read after that: it takes minutes, in which somebody may write in it.
    def measured(found: re.Match[str]) -> str:
        table = printed_tables(found["command"], data)[int(found["number"]) - 1]
        return f"<!-- {found['command']}; table {found['number']}; model {model} -->\n{table}"

    page.write_text(_TABLE.sub(measured, page.read_text(encoding="utf-8")), encoding="utf-8")


@functools.cache
def printed_tables(command: str, data: Path) -> list[str]:
    """Run a command, and return the Markdown tables that it prints."""
    print(command, file=sys.stderr)
    arguments = [
        str(data / PATHS[argument]) if argument in PATHS else argument
        for argument in shlex.split(command)
    ]
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return re.findall(r"(?:^\|.*\n)+", done.stdout, flags=re.MULTILINE)


def main() -> None:
    """Write the tables of the pages that are named, or of all."""
    from emoticare import load

    parser = argparse.ArgumentParser(description="Write what benchmarks print into the pages.")
    parser.add_argument("data", type=Path, help="The folder of goemotions, ood and everyday.")
    parser.add_argument("pages", type=Path, nargs="*", help="The pages; all, if none is named.")
    options = parser.parse_args()
    model = load().artifact.digest[:12]
    for page in options.pages or pages():
        write(page, options.data.resolve(), model)


if __name__ == "__main__":
    main()
