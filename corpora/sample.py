"""Draw the real texts of dev and test: at random, by a fixed seed, within each source.

    python corpora/sample.py DATA/everyday OUT.tsv

Neither labels nor a model take part. More are drawn than the corpus keeps: texts whose readers
disagree are dropped later, and neutral ones beyond 30%.
"""

import csv
import random
import sys
from pathlib import Path
from typing import Final

from sources import SourceText, read_sources

from emoticare.data.everyday import fingerprint

SEED: Final = 20261125
HEADER: Final = "id\tsplit\tsource\trow\tsha256\ttext\n"
# Texts to draw for test and for dev.
QUOTAS: Final = {
    "banking77": (60, 40),
    "casino": (80, 50),
    "common-voice-en": (80, 50),
    "edos": (150, 100),
    "empathic-reactions": (90, 60),
    "impli-idioms": (110, 70),
    "isarcasm": (120, 75),
    "multidogo": (50, 35),
    "nltk-reviews": (110, 70),
    "sad-stress": (140, 90),
    "tatoeba-en": (90, 60),
    "vader-icwsm14": (150, 100),
}


def main(folder: Path, out: Path) -> None:
    """Write `id, split, source, row, sha256, text` of every text drawn."""
    taken = labelled_before(folder / "labelled")
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER)
        for source, texts in read_sources(folder).items():
            n_test, n_dev = QUOTAS[source]
            free = [text for text in texts if fingerprint(text.text) not in taken]
            drawn = random.Random(f"{SEED} {source}").sample(free, n_test + n_dev)
            file.writelines(drawn_row(text, "test") for text in drawn[:n_test])
            file.writelines(drawn_row(text, "dev") for text in drawn[n_test:])


def drawn_row(text: SourceText, split: str) -> str:
    """Return the line of a drawn text, its fields as in `HEADER`."""
    name, digest = f"{text.source}-{text.row}", fingerprint(text.text)
    return "\t".join((name, split, text.source, str(text.row), digest, text.text)) + "\n"


def labelled_before(folder: Path) -> set[str]:
    """Return the fingerprints of texts that were labelled for training before the draw."""
    taken = set()
    for path in folder.glob("*.tsv"):
        with path.open(encoding="utf-8", newline="\n") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                taken.add(fingerprint(row["text"]))
    return taken


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
