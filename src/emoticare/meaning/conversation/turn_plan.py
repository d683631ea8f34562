"""Turns -> what the model reads of them, and its logits -> their scores.

The emotions of a turn are those of a reply to what was said before it. What a policy says about it
comes from its text alone, as policies and the scores of risks are fitted on texts alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from emoticare.meaning.scored_texts import ScoredText, ScoringPlan
from emoticare.stages.probabilities import FloatArray, sigmoid
from emoticare.stages.text import Readable, Reply


@dataclass(frozen=True, slots=True)
class ScoredTurn:
    """The scores of one turn.

    Attributes:
        emotions: Probabilities of the turn, read with those before it, of all labels and then of
            all risks that the model tells of, float32 of shape (n_outputs,).
        alone: The scores of its text alone, for a policy; None without one.
    """

    emotions: FloatArray
    alone: ScoredText | None = None


class TurnPlan:
    """What to score of some turns: they themselves, and what a policy needs of their texts.

    Args:
        turns: The turns, some of them with those before them.
        alone: What a policy needs of their texts; None without one.

    Attributes:
        texts: All to be scored. The turns come first, sentences next, and last the texts of turns
            that are read a second time, alone.
        n_first: How many come before the last.
    """

    def __init__(self, turns: Sequence[Readable], alone: ScoringPlan | None) -> None:
        self._n_turns = len(turns)
        self._alone = alone
        of_policy = alone.texts if alone else []
        sentences = of_policy[self._n_turns :]
        again = [i for i, turn in enumerate(turns) if alone and isinstance(turn, Reply)]
        self.texts: list[Readable] = [*turns, *sentences, *(of_policy[i] for i in again)]
        self.n_first: int = self._n_turns + len(sentences)
        # Where in `texts` each of the policy's is.
        self._rows = np.arange(self.n_first)
        self._rows[again] = np.arange(self.n_first, len(self.texts))

    def scored(self, outputs: FloatArray) -> Iterator[ScoredTurn]:
        """Yield the scores of each turn.

        Args:
            outputs: Calibrated logits of `texts`, of shape (n, n_outputs).
        """
        alone = self._alone.scored(outputs[self._rows]) if self._alone else repeat(None)
        yield from map(ScoredTurn, sigmoid(outputs[: self._n_turns]), alone)
