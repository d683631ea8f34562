"""Draw comments of GoEmotions' train split, to be read again as everyday texts.

    python corpora/sample_goemotions.py DATA OUT.tsv --second MODEL [--texts N]

Half are drawn at random, half are those that are hard for the embedded model and a second one, as
in `sample_train.py`. The labels of GoEmotions' raters play no part.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from mixture import read_held_back
from sample import HEADER, SEED, drawn_row
from sample_train import hardness
from sources import GOEMOTIONS, SourceText

from emoticare import load
from emoticare.data.everyday import normalize

_WORDS: Final = range(2, 101)
_N_TEXTS: Final = 7_800


def main(data: Path, out: Path, second: Path, n_texts: int) -> None:
    """Write `id, split, source, row, sha256, text` of every comment drawn."""
    rng = random.Random(f"{SEED} goemotions")
    texts = list(_free(data))
    rng.shuffle(texts)
    chosen, rest = texts[: n_texts // 2], texts[n_texts // 2 :]
    order = np.argsort(-hardness([load(), load(second)], rest), kind="stable")
    chosen += [rest[i] for i in order[: n_texts - len(chosen)]]
    rng.shuffle(chosen)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER)
        file.writelines(drawn_row(text, "train") for text in chosen)


def _free(data: Path) -> Iterator[SourceText]:
    held_back = read_held_back(data)
    seen: set[str] = set()
    with (data / "goemotions" / "train.tsv").open(encoding="utf-8", newline="\n") as lines:
        for row, line in enumerate(lines, start=1):
            text = normalize(line.split("\t")[0])
            if len(text.split()) not in _WORDS or text.lower() in seen:
                continue
            seen.add(text.lower())
            if not held_back.holds_near_copy(text):
                yield SourceText(GOEMOTIONS, row, text, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw comments of GoEmotions' train split.")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--second", type=Path, required=True, help="A second model, to disagree.")
    parser.add_argument("--texts", type=int, default=_N_TEXTS, help="How many are drawn.")
    args = parser.parse_args()
    main(args.data, args.out, args.second, args.texts)
