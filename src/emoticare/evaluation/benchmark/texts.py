"""The texts that all contenders score."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Final

from emoticare.data.source import load_split_from
from emoticare.errors import UsageError
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.text import clean_texts
from emoticare.stages.tokens import TextTokenizer

BUCKETS: Final = (16, 32, 64, 128, 256, 512)
"""Most tokens of a text of each bucket of lengths; a text of one has more than the one before."""

_SEED: Final = 0
_N_MADE_UP: Final = 5000
_FEWEST: Final = 10
# Tokens of GoEmotions' test texts under the embedded model's tokenizer, at each 5% of them.
_LENGTHS: Final = (
    *(3, 6, 8, 9, 11, 12, 13, 15, 16, 17, 19),
    *(20, 21, 22, 24, 26, 27, 29, 31, 34, 55),
)


@dataclass(frozen=True)
class BenchTexts:
    """Texts in random order, with their lengths.

    Attributes:
        source: What they are, in words.
        texts: Clean texts.
        lengths: Tokens of each, the special ones included.
    """

    source: str
    texts: Sequence[str]
    lengths: Sequence[int]

    def rounds(self, n_texts: int, n_rounds: int) -> Iterator[list[str]]:
        """Yield so many texts for each round, other ones each time for as long as there are."""
        endless = cycle(self.texts)
        for _ in range(n_rounds):
            yield list(islice(endless, n_texts))

    def of_length(self, fewest: int, most: int, n_texts: int) -> list[str]:
        """Return texts of `fewest` to `most` tokens, joined from as many as that takes."""
        pairs = cycle(zip(self.texts, self.lengths, strict=True))
        found: list[str] = []
        parts: list[str] = []
        total = 2  # the special tokens
        while len(found) < n_texts:
            text, length = next(pairs)
            total += length - 2
            parts.append(text)
            if total >= fewest:
                if total <= most:
                    found.append(" ".join(parts))
                parts, total = [], 2
        return found


def read_texts(data: Path | None, artifact: ModelArtifact) -> BenchTexts:
    """Read the test texts of a data set, or makes some up.

    Args:
        data: A folder with GoEmotions' test.tsv, or one's own; None for made-up texts, words of the
            model's vocabulary at random, as long as those of GoEmotions.
        artifact: The model whose tokens are counted.

    Raises:
        DataError: If the data cannot be read.
        UsageError: If there are too few texts.
    """
    shuffled = random.Random(_SEED)  # noqa: S311 - no secret
    if data is None:
        texts, source = _made_up(artifact, shuffled), "made up, as long as GoEmotions' test texts"
    else:
        texts, source = (
            list(load_split_from(data, "test")[1].texts),
            f"test split of {data.resolve().name}",
        )
        shuffled.shuffle(texts)
    texts = list(clean_texts(texts))
    if len(texts) < _FEWEST:
        raise UsageError(
            f"Expected at least {_FEWEST} texts in the test split, found {len(texts)}. Name other "
            "--data, or leave it out for made-up texts."
        )
    tokenizer = TextTokenizer(artifact.tokenizer_json, artifact.config.max_length)
    return BenchTexts(source, texts, [len(text.input_ids) for text in tokenizer.encode(texts)])


def buckets_within(max_length: int) -> list[tuple[int, int]]:
    """Return fewest and most tokens of each bucket that a model can read whole."""
    fewest = [3, *(most + 1 for most in BUCKETS[:-1])]
    return [
        (few, most) for few, most in zip(fewest, BUCKETS, strict=True) if most <= max_length
    ] or [(3, max_length)]


def _made_up(artifact: ModelArtifact, chooser: random.Random) -> list[str]:
    vocabulary = json.loads(artifact.tokenizer_json)["model"]["vocab"]
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha())
    spans = list(pairwise(_LENGTHS))
    counts = (chooser.randint(*chooser.choice(spans)) - 2 for _ in range(_N_MADE_UP))
    return [" ".join(chooser.choices(words, k=count)) for count in counts]
