"""Draw the real replies, each with what was said before it, from EDOS by a fixed seed.

    python corpora/sample_pairs.py DATA/everyday OUT.tsv

Short replies are drawn, since those lean most on what came before; none whose text is drawn for the
corpus, too.
"""

import random
import sys
from pathlib import Path
from typing import Final

from assemble import read_table
from sources import read_sources

from emoticare.data.everyday import fingerprint

_MOST_WORDS: Final = 12
_N_TEST, _N_DEV, _N_DRAWN = 190, 110, 660


def main(folder: Path, out: Path) -> None:
    """Write `id, split, source, row, before_sha256, sha256` of every pair drawn."""
