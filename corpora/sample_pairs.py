"""Draw replies with what was said before them from EDOS, by a fixed seed.

    python corpora/sample_pairs.py DATA/everyday OUT.tsv

Short replies are drawn, which lean most on what came before; none that the corpus holds without it.
"""

import random
import sys
from pathlib import Path
from typing import Final

from assemble import read_table
from sample import SEED
from sources import SourceText, read_dialogues

from emoticare.data.everyday import find_texts, fingerprint

HEADER: Final = "id\tsplit\tsource\trow\tbefore_sha256\tsha256\n"
_MOST_WORDS: Final = 12
_N_TEST: Final = 190
_N_DEV: Final = 110
_N_DRAWN: Final = 660


def main(folder: Path, out: Path) -> None:
    """Write a row for every pair drawn."""
    drawn = {row["sha256"] for row in read_table("readings/drawn.tsv")}
    seen = {text.lower() for text in find_texts(folder, drawn).values()}
    free = []
    for text in read_dialogues(folder):
        is_short = len(text.text.split()) <= _MOST_WORDS
        if text.before and is_short and text.text.lower() not in seen:
            seen.add(text.text.lower())
            free.append(text)
    chosen = random.Random(f"{SEED} pairs").sample(free, _N_DRAWN)
    splits = ["test"] * _N_TEST + ["dev"] * _N_DEV + ["train"] * (_N_DRAWN - _N_TEST - _N_DEV)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER)
        for split, text in zip(splits, chosen, strict=True):
            file.write(row_of(text, split))


def row_of(text: SourceText, split: str) -> str:
    """Return the row of a pair drawn."""
    digests = f"{fingerprint(text.before)}\t{fingerprint(text.text)}"
    return f"p-edos-{text.row}\t{split}\tedos\t{text.row}\t{digests}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
