"""Two linear detectors over the pieces of a text, and three plain rules.

A detector has a weight for each piece of the tokenizer; a text's score is their sum, divided by
their number and a few more, so that a short text needs stronger signs. Only letters are of a
language, so no other pieces weigh or count for not_english, nor do emoji for out_of_domain; a text
of hardly any letters gives no ground for either guess. The weights lie in `pieces.npz` and are
fitted by `benchmarks/screening.py`; they do not depend on the model's weights.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emoticare.stages.tokens import TokenizedText


class TextWarning(StrEnum):
    """Why a prediction may mean little.

    Attributes:
        NOT_ENGLISH: The text looks like another language.
        OUT_OF_DOMAIN: It looks like code, a list or random signs rather than something said.
        TOO_SHORT: It has no word of two letters, no emoji and no emoticon.
        TRUNCATED: It went on beyond what the model reads.
    """

    NOT_ENGLISH = "not_english"
    OUT_OF_DOMAIN = "out_of_domain"
    TOO_SHORT = "too_short"
    TRUNCATED = "truncated"


WEIGHTS: Final = "pieces.npz"
"""The file of the detectors' weights, in the folder of the model for whose pieces they are."""

DETECTED: Final = (TextWarning.NOT_ENGLISH, TextWarning.OUT_OF_DOMAIN)
"""The warnings that have a detector, in the order of the rows of its weights."""

PRIOR_PIECES: Final = 3
"""Added to the number of pieces of a text."""

FEWEST_LETTERS: Final = 4
"""A text with fewer is of emoji, emoticons, digits or signs, and the detectors leave it alone."""

_ABSTAINING: Final = frozenset(
    {TextWarning.NOT_ENGLISH, TextWarning.OUT_OF_DOMAIN, TextWarning.TOO_SHORT}
)
# Below this share of known pieces a tokenizer cuts texts in another way.
_LEAST_KNOWN: Final = 0.5
_CONTINUATION: Final = "##"
# Other symbols, modifiers; beyond Latin-1, whose degree sign is none.
_OF_PICTURES: Final = ("So", "Sk")
_LATIN: Final = 0xFF
# Words that English lacks and the fitted texts, messages of programs, hardly hold: their least
# weight for another language.
_FOREIGN_WORDS: Final = frozenset(
    "je moi pas dans ich ist mein mir eine auf oder como este por della io het och".split()  # noqa: SIM905 - words are read as words
)
_FOREIGN_WEIGHT: Final = 12.0
# Fingers that run along a row of keys, at least three: "asdf", "qwertyqwerty", "lkjh".
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_STRETCHES: Final = frozenset(
    row[start:end]
    for keys in _ROWS
    for row in (keys, keys[::-1])
    for start in range(len(row))
    for end in range(start + 1, len(row) + 1)
)
_RUNS: Final = sorted((keys for keys in _STRETCHES if len(keys) > 2), key=len, reverse=True)  # noqa: PLR2004 - two neighbours make words, such as we
# Columns of what is known of a piece, behind the detectors' weights and whether they count it.
_LETTERS, _WORDS, _OTHER_WORDS = 4, 5, 6
_NAMES: Final = [warning.value for warning in TextWarning]


class InputChecker:
    """Finds what a prediction should be warned of; safe to share between threads.

    A model whose tokenizer has other pieces than those that the detectors were fitted on gets no
    warnings of language and domain.

    Args:
        tokenizer_json: Of the model whose tokens are checked.
        fitted: Folder of the model that the detectors were fitted on.
    """

    def __init__(self, tokenizer_json: str, fitted: Path) -> None:
        self._pieces = pieces = read_pieces(tokenizer_json)
        weights, self._thresholds = weights_for(tuple(pieces), fitted)
        counts = is_counted(pieces)
        weights = np.where(counts, weights, np.float32(0))
        foreign = [i for i, piece in enumerate(pieces) if piece in _FOREIGN_WORDS]
        weights[0, foreign] = np.maximum(weights[0, foreign], _FOREIGN_WEIGHT)
        letters = np.array([n_letters(piece) for piece in pieces], np.float64)
        is_stretch = np.array([_letters(piece) in _STRETCHES for piece in pieces], np.bool_)
        # What is summed over a text's pieces, side by side: one look-up for a text, not seven.
        self._facts = np.column_stack(
            [
                *weights.astype(np.float64),
                *counts,
                letters,
                [is_word(piece) for piece in pieces],
                (letters > 0) & ~is_stretch,
            ]
        )

    def warnings(self, tokenized: Sequence[TokenizedText]) -> list[list[str]]:
        """Return the names of the warnings of each text, in the order of `TextWarning`."""
        if not tokenized:
            return []
        ids, starts = _joined(tokenized)
        sums = np.add.reduceat(self._facts[ids], starts, axis=0)
        is_found = np.empty((len(tokenized), len(TextWarning)), np.bool_)
        is_found[:, :2] = _scores(sums) >= self._thresholds
        self._find_typed_blindly(is_found[:, 1], sums[:, _OTHER_WORDS], ids, starts)
        is_found[:, :2] &= sums[:, _LETTERS, None] >= FEWEST_LETTERS
        is_found[:, 2] = sums[:, _WORDS] == 0
        is_found[:, 3] = [text.truncated for text in tokenized]
        found: list[list[str]] = [[] for _ in tokenized]
        for row, column in zip(*map(np.ndarray.tolist, is_found.nonzero()), strict=True):
            found[row].append(_NAMES[column])
        return found

    def scores(self, tokenized: Sequence[TokenizedText]) -> npt.NDArray[np.float32]:
        """Return the detectors' scores, float32 of shape (2, n_texts); above 0 is suspicious."""
        if not tokenized:
            return np.zeros((len(DETECTED), 0), np.float32)
        ids, starts = _joined(tokenized)
        return _scores(np.add.reduceat(self._facts[ids], starts, axis=0)).T

    def _find_typed_blindly(
        self,
        is_found: npt.NDArray[np.bool_],
        n_others: npt.NDArray[np.float64],
        ids: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
    ) -> None:
        """Note which texts have words, and all of them are runs along a row of keys."""
        for row in (n_others == 0).nonzero()[0]:
            end = starts[row + 1] if row + 1 < len(starts) else len(ids)
            own = ids[starts[row] : end]
            pieces = [self._pieces[i] for i in own if self._facts[i, _LETTERS]]
            words = "".join(f" {piece}" for piece in pieces).replace(f" {_CONTINUATION}", "")
            is_found[row] |= _typed_blindly().fullmatch(words) is not None


def read_pieces(tokenizer_json: str) -> list[str]:
    """Return the piece of each token id; empty for ids that have none."""
    content: Any = json.loads(tokenizer_json)
    vocabulary = content.get("model", {}).get("vocab", {})
    if not isinstance(vocabulary, dict):
        vocabulary = {piece: i for i, (piece, *_) in enumerate(vocabulary)}
    added = {token["content"]: token["id"] for token in content.get("added_tokens", ())}
    by_id = {i: piece for piece, i in (vocabulary | added).items()}
    return [by_id.get(i, "") for i in range(max(by_id, default=-1) + 1)]


def is_word(piece: str) -> bool:
    """Return whether a piece alone makes a text readable.

    It does as two letters in a row, an emoji, or an emoticon such as `T_T`.
    """
    if piece.startswith("[") and piece.endswith("]"):
        return False
    letters = _letters(piece)
    is_emoticon = piece.isascii() and not letters.isalnum() and len(set(letters)) > 1
    is_letters = len(letters) > 1 and letters.isalpha()
    return is_letters or is_emoticon or any(ord(sign) >= 0x2600 for sign in letters)  # noqa: PLR2004 - where pictures begin


def is_picture(piece: str) -> bool:
    """Return whether a piece is an emoji, or what changes one, such as a tone of skin."""
    return any(
        unicodedata.category(sign) in _OF_PICTURES for sign in _letters(piece) if ord(sign) > _LATIN
    )


def is_counted(pieces: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which pieces each detector looks at, of shape (2, n_pieces)."""
    return np.array(
        [
            [n_letters(piece) > 0 for piece in pieces],
            [not is_picture(piece) for piece in pieces],
        ],
        np.bool_,
    )


def n_letters(piece: str) -> int:
    """Return the letters of a piece; an unknown word counts as one, an emoticon as none."""
    if piece == "[UNK]":
        return 1
    letters = _letters(piece)
    return len(letters) if letters.isalpha() else 0


def _letters(piece: str) -> str:
    return piece.removeprefix(_CONTINUATION)


@lru_cache(maxsize=1)
def _typed_blindly() -> re.Pattern[str]:
    # Compiled when a text needs it, which few do: it takes as long as importing a module or two.
    return re.compile(f"(?: (?>{'|'.join(_RUNS)})++)++")


def _scores(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return the detectors' scores, of shape (n_texts, 2)."""
    return np.asarray(sums[:, :2] / (sums[:, 2:4] + PRIOR_PIECES), np.float32)


def _joined(
    tokenized: Sequence[TokenizedText],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    # Of a reply, not of what others said before it.
    own = [text.input_ids[text.n_context :] for text in tokenized]
    lengths = list(map(len, own))
    ids = np.fromiter(chain.from_iterable(own), np.int64, sum(lengths))
    return ids, np.cumsum([0, *lengths[:-1]])


@lru_cache(maxsize=4)
def weights_for(
    pieces: tuple[str, ...], fitted: Path
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return weights of shape (2, n_pieces) and thresholds of shape (2,)."""
    with np.load(fitted / WEIGHTS, allow_pickle=False) as file:
        weights = file["weights"].astype(np.float32) * file["scales"][:, None]
        thresholds = np.asarray(file["thresholds"], np.float32)
    tokenizer = (fitted / "tokenizer.json").read_text(encoding="utf-8")
    known = {piece: i for i, piece in enumerate(read_pieces(tokenizer))}
    rows = [known.get(piece, -1) for piece in pieces]
    if sum(row >= 0 for row in rows) < max(1, _LEAST_KNOWN * weights.shape[1]):
        return np.zeros((2, len(pieces)), np.float32), np.full(2, np.inf, np.float32)
    return np.where(np.array(rows) >= 0, weights[:, rows], 0), thresholds


def abstains(warnings: Sequence[str]) -> bool:
    """Return whether a classifier that may abstain does so for a text with these warnings."""
    return not _ABSTAINING.isdisjoint(warnings)
