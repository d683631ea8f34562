"""Draw further replies of EDOS for train, with what was said before them, by a fixed seed.

    python corpora/sample_train_pairs.py DATA OUT.tsv

DATA holds `goemotions`, `everyday` and `ood`. Left out is what was drawn before, and whatever is
held back, as a reply or as a turn before it.
"""

import random
import sys
from pathlib import Path
from typing import Final

from assemble import read_table
from mixture import read_held_back
from sample import SEED
from sample_pairs import HEADER, row_of
from sources import SourceText, read_dialogues

_MOST_WORDS: Final = 30
_MOST_WORDS_BEFORE: Final = 90
_N_DRAWN: Final = 4200


def main(data: Path, out: Path) -> None:
    """Write a row for every pair drawn."""
    held_back = read_held_back(data)
    drawn = {row["row"] for row in read_table("readings/drawn_pairs.tsv")}
    free: dict[tuple[str, str], SourceText] = {}
    for text in read_dialogues(data / "everyday"):
        if text.before and str(text.row) not in drawn and _is_short(text):
            turns = (text.text, *text.before.split(" // "))
            if not any(map(held_back.holds_near_copy, turns)):
                free.setdefault((text.before.lower(), text.text.lower()), text)
    chosen = list(free.values())
    random.Random(f"{SEED} more pairs").shuffle(chosen)
    rows = (row_of(text, "train") for text in chosen[:_N_DRAWN])
    out.write_text("".join([HEADER, *rows]), encoding="utf-8")


def _is_short(text: SourceText) -> bool:
    n_words, n_before = len(text.text.split()), len(text.before.split())
    return n_words <= _MOST_WORDS and n_before <= _MOST_WORDS_BEFORE


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
