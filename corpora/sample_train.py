"""Draw real texts for training: half at random, half those that are hard for two models.

    python corpora/sample_train.py DATA/everyday DRAWN.tsv OUT.tsv --plain MODEL [--round N]

A text is hard where the embedded model and one trained on labels alone name different strongest
emotions, where neither is sure, or where either suspects a rare emotion. The models choose what is
read, never how it is labelled.
"""

import argparse
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sample import HEADER, SEED, drawn_row, labelled_before
from sources import SourceText, read_sources

from emoticare import load
from emoticare.data.everyday import fingerprint

QUOTAS: Final = {
    "banking77": 80,
    "casino": 120,
    "common-voice-en": 150,
    "edos": 480,
    "empathic-reactions": 120,
    "impli-idioms": 260,
    "isarcasm": 430,
    "multidogo": 80,
    "nltk-reviews": 180,
    "sad-stress": 450,
    "tatoeba-en": 240,
    "vader-icwsm14": 210,
}
# Of the third round on: less of what is mostly neutral.
LATER_QUOTAS: Final = QUOTAS | {
    "banking77": 60,
    "casino": 100,
    "common-voice-en": 500,
    "edos": 950,
    "impli-idioms": 550,
    "multidogo": 60,
    "nltk-reviews": 500,
    "sad-stress": 800,
    "tatoeba-en": 800,
    "vader-icwsm14": 750,
}
# Of the fifth round: many, of what is richest.
WIDE_QUOTAS: Final = LATER_QUOTAS | {
    "banking77": 200,
    "casino": 300,
    "common-voice-en": 2_500,
    "edos": 3_000,
    "empathic-reactions": 400,
    "impli-idioms": 2_500,
    "multidogo": 200,
    "nltk-reviews": 2_800,
    "sad-stress": 1_900,
    "tatoeba-en": 3_500,
    "vader-icwsm14": 3_000,
}
_QUOTAS_OF_ROUND: Final = {1: QUOTAS, 2: QUOTAS, 3: LATER_QUOTAS, 4: LATER_QUOTAS}
RARE: Final = (
    "grief",
    "relief",
    "pride",
    "nervousness",
    "embarrassment",
    "remorse",
    "desire",
    "realization",
    "disgust",
    "fear",
)
# Hard texts are sought among this many times as many.
_POOL: Final = 15


def main(folder: Path, drawn: Path, out: Path, plain: Path, n_round: int) -> None:
    """Write `id, split, source, row, sha256, text` of every text drawn."""
    taken = labelled_before(folder / "labelled")
    with drawn.open(encoding="utf-8", newline="\n") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        taken |= {row["sha256"] for row in rows}
    models = [load(), load(plain)]
    quotas = _QUOTAS_OF_ROUND.get(n_round, WIDE_QUOTAS)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER)
        for source, texts in read_sources(folder).items():
            rng = random.Random(f"{SEED} train {source}" + (f" {n_round}" if n_round > 1 else ""))
            free = [text for text in texts if fingerprint(text.text) not in taken]
            n_wanted = min(quotas[source], len(free))
            rng.shuffle(free)
            chosen, rest = free[: n_wanted // 2], free[n_wanted // 2 :]
            pool = rest[: _POOL * n_wanted]
            hard = np.argsort(-hardness(models, pool), kind="stable")[: n_wanted - len(chosen)]
            drawn_texts = [*chosen, *(pool[i] for i in hard)]
            file.writelines(drawn_row(text, "train") for text in drawn_texts)


def hardness(models: Sequence, texts: Sequence[SourceText]) -> NDArray[np.float32]:
    """Return a number for each text: disagreement, doubt and rare emotions, each from 0 to 1."""
    labels = models[0].labels
    scores = [model.predict_proba([text.text for text in texts]) for model in models]
    disagree = scores[0].argmax(axis=1) != scores[1].argmax(axis=1)
    doubt = 1 - np.mean([score.max(axis=1) for score in scores], axis=0)
    rare = [labels.index(name) for name in RARE]
    suspicion = np.max([score[:, rare].max(axis=1) for score in scores], axis=0)
    return (disagree + doubt + suspicion).astype(np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw real texts for training.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("drawn", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--plain", type=Path, required=True)
    parser.add_argument("--round", type=int, default=1, help="Later rounds draw others.")
    args = parser.parse_args()
    main(args.folder, args.drawn, args.out, args.plain, args.round)
