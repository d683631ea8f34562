"""Which texts make up an epoch, and in what order."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

# Sorted by length within as many batches, so that little is padded and the order stays random.
_BATCHES_SORTED = 50


class MixtureSampler(torch.utils.data.Sampler[int]):
    """Draws from several sources, each with its share of an epoch.

    An epoch holds every text of the first source once. Of another it holds as many as its share
    asks for: each text equally often, or once more.

    Args:
        lengths: Tokens of each text.
        sources: The number of each text's source, from 0.
        shares: The share of each source; they sum to 1.
        batch_size: Texts that are padded to one length.
        seed: Of the draw; the same epoch is drawn alike again, so that a resumed run goes on.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        sources: npt.NDArray[np.intp],
        shares: Sequence[float],
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        self._lengths = np.asarray(lengths)
        self._members = [np.flatnonzero(sources == i) for i in range(len(shares))]
        n_texts = len(self._members[0]) / shares[0]
        self._counts = [len(self._members[0]), *(round(n_texts * share) for share in shares[1:])]
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        """Count the texts of an epoch."""
        return sum(self._counts)

    def set_epoch(self, epoch: int) -> None:
        """Draw for this epoch, counted from 0; the Trainer calls it."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Yield the places of an epoch's texts, batch by batch."""
        chance = np.random.default_rng((self._seed, self._epoch))
        drawn = np.concatenate(
            [
                self._draw(members, count, chance)
                for members, count in zip(self._members, self._counts, strict=True)
            ]
        )
        chance.shuffle(drawn)
        batches = [batch for window in self._windows(drawn) for batch in self._batches(window)]
        whole = [batch for batch in batches if len(batch) == self._batch_size]
        rest = [batch for batch in batches if len(batch) < self._batch_size]
        chance.shuffle(whole)
        for batch in [*whole, *rest]:
            yield from batch.tolist()

    @staticmethod
    def _draw(
        members: npt.NDArray[np.intp], count: int, chance: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        n_rounds = -(-count // len(members))
        rounds = [chance.permutation(members) for _ in range(n_rounds)]
        return np.concatenate(rounds)[:count] if rounds else members[:0]

    def _windows(self, drawn: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
        size = _BATCHES_SORTED * self._batch_size
        for start in range(0, len(drawn), size):
            window = drawn[start : start + size]
            yield window[np.argsort(-self._lengths[window], kind="stable")]

    def _batches(self, window: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
        for start in range(0, len(window), self._batch_size):
            yield window[start : start + self._batch_size]
