"""Two linear detectors over the pieces of a text, and two plain rules.

A detector has a weight for each piece of the tokenizer; a text's score is their sum, divided by
their number and a few more, so that a short text needs stronger signs. The weights lie in
`pieces.npz` and are fitted by `benchmarks/screening.py`; they do not depend on the model's weights.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.artifact import EMBEDDED_MODEL, ModelArtifact
from emoticare.screening.warning import TextWarning
from emoticare.stages.tokens import TokenizedText

WEIGHTS: Final = Path(__file__).parent / "pieces.npz"
DETECTED: Final = (TextWarning.NOT_ENGLISH, TextWarning.OUT_OF_DOMAIN)
"""The warnings that have a detector, in the order of the rows of its weights."""

PRIOR_PIECES: Final = 3
"""Added to the number of pieces of a text."""

# Below this share of known pieces a tokenizer cuts texts in another way.
_LEAST_KNOWN: Final = 0.5
_CONTINUATION: Final = "##"


class Screener:
    """Finds what a prediction should be warned of; safe to share between threads.

    A model whose tokenizer has other pieces than the embedded one's gets no warnings of language
    and domain.

    Args:
        artifact: The model whose tokens are screened.
    """

    def __init__(self, artifact: ModelArtifact) -> None:
        pieces = read_pieces(artifact.tokenizer_json)
        self._weights, self._thresholds = weights_for(tuple(pieces))
        self._is_word = np.array([is_word(piece) for piece in pieces], np.bool_)

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Returns the names of the warnings of each text, in the order of `TextWarning`."""
        if not tokenized:
            return []
        ids, starts = _joined(tokenized)
        is_found = self._scores(ids, starts) >= self._thresholds[:, None]
        n_words = np.add.reduceat(self._is_word[ids], starts, dtype=np.int64)
        columns = (*is_found, n_words == 0, [text.truncated for text in tokenized])
        found: list[list[str]] = [[] for _ in tokenized]
        for name, column in zip(TextWarning, columns, strict=True):
            for row in np.flatnonzero(column):
                found[row].append(name.value)
        return found

    def scores(self, tokenized: Sequence[TokenizedText]) -> npt.NDArray[np.float32]:
        """Returns the detectors' scores, float32 of shape (2, n_texts); above 0 is suspicious."""
        if not tokenized:
            return np.zeros((len(DETECTED), 0), np.float32)
        return self._scores(*_joined(tokenized))

    def _scores(
        self, ids: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        sums = np.add.reduceat(self._weights[:, ids], starts, axis=1)
        lengths = np.diff([*starts, len(ids)])
        return np.asarray(sums / (lengths + PRIOR_PIECES), np.float32)


def read_pieces(tokenizer_json: str) -> list[str]:
    """Returns the piece of each token id; empty for ids that have none."""
    content: Any = json.loads(tokenizer_json)
    vocabulary = content.get("model", {}).get("vocab", {})
    if not isinstance(vocabulary, dict):
        vocabulary = {piece: i for i, (piece, *_) in enumerate(vocabulary)}
    added = {token["content"]: token["id"] for token in content.get("added_tokens", ())}
    by_id = {i: piece for piece, i in (vocabulary | added).items()}
    return [by_id.get(i, "") for i in range(max(by_id, default=-1) + 1)]


def is_word(piece: str) -> bool:
    """Whether a piece alone makes a text readable: two letters in a row, or an emoji."""
    letters = piece.removeprefix(_CONTINUATION)
    if piece.startswith("[") and piece.endswith("]"):
        return False
    return (len(letters) > 1 and letters.isalpha()) or any(ord(sign) >= 0x2600 for sign in letters)  # noqa: PLR2004 - where pictures begin


def _joined(
    tokenized: Sequence[TokenizedText],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    lengths = [len(text.input_ids) for text in tokenized]
    ids = np.fromiter((i for text in tokenized for i in text.input_ids), np.int64, sum(lengths))
    return ids, np.cumsum([0, *lengths[:-1]])


@lru_cache(maxsize=4)
def weights_for(
    pieces: tuple[str, ...],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Returns weights of shape (2, n_pieces) and thresholds of shape (2,)."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        weights = file["weights"].astype(np.float32) * file["scales"][:, None]
        thresholds = np.asarray(file["thresholds"], np.float32)
    tokenizer = (EMBEDDED_MODEL / "tokenizer.json").read_text(encoding="utf-8")
    known = {piece: i for i, piece in enumerate(read_pieces(tokenizer))}
    rows = [known.get(piece, -1) for piece in pieces]
    if sum(row >= 0 for row in rows) < max(1, _LEAST_KNOWN * weights.shape[1]):
        return np.zeros((2, len(pieces)), np.float32), np.full(2, np.inf, np.float32)
    return np.where(np.array(rows) >= 0, weights[:, rows], 0), thresholds
