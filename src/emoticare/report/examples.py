"""The texts that carry each emotion most clearly, of all texts and of each group."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from emoticare.report.cells import NONE
from emoticare.report.times import Ints
from emoticare.stages.probabilities import FloatArray

EXAMPLES_SHOWN: Final = 3
_OF_ALL: Final = 30
_LOOKED_AT: Final = 4
"""How many times as many as are kept may be the same text before no further one is looked at."""


@dataclass(frozen=True, order=True)
class Example:
    """A text that carries an emotion clearly.

    Attributes:
        score: Its probability.
        text: As the page shows it.
        group: Code of its group; -1 for none.
        seconds: On the wall clock; `NO_TIME` for none.
    """

    score: float
    text: str
    group: int
    seconds: int


class ExamplePool:
    """Keeps for each label the 30 clearest texts, and the three clearest of each group.

    Args:
        n_labels: How many labels a text may carry.
    """

    def __init__(self, n_labels: int) -> None:
        self._of_all: list[list[Example]] = [[] for _ in range(n_labels)]
        self._of_group: list[dict[int, list[Example]]] = [{} for _ in range(n_labels)]
        # What a text must surpass to be kept with its group; no group keeps any.
        self._floors = np.full((n_labels, 1), np.inf)

    def add(
        self, scores: FloatArray, groups: Ints, seconds: Ints, text_of: Callable[[int], str]
    ) -> None:
        """Keep texts that carry a label more clearly than those kept.

        Args:
            scores: Of shape (n_texts, n_labels), zero where a text does not carry the label.
            groups: Code of each text's group; `NONE` for none.
            seconds: Of each text, on the wall clock.
            text_of: Returns the text of a number as the page shows it, "" for an unfit one.
        """
        n_new = int(groups.max(initial=NONE)) + 2 - self._floors.shape[1]
        if n_new > 0:
            self._floors = np.pad(self._floors, ((0, 0), (0, n_new)))
        for label in range(scores.shape[1]):
            of_label = scores[:, label]
            floors = np.minimum(_floor(self._of_all[label], _OF_ALL), self._floors[label])
            better = np.flatnonzero(of_label > floors[groups + 1])
            order = better[np.argsort(-of_label[better], kind="stable")]
            found = [
                (float(of_label[i]), int(groups[i]), int(seconds[i]), i) for i in order.tolist()
            ]
            self._add_best(label, found, text_of)

    def clearest(self, label: int) -> list[Example]:
        """Return the texts that carry a label most clearly, clearest first."""
        return sorted(self._of_all[label], reverse=True)

    def kept(self, label: int, groups: Iterable[int]) -> list[Example]:
        """Return all texts kept of a label, those of some groups included, clearest first."""
        of_groups = (self._of_group[label].get(group, []) for group in groups)
        return sorted({*self._of_all[label], *chain.from_iterable(of_groups)}, reverse=True)

    def _add_best(
        self,
        label: int,
        found: Iterable[tuple[float, int, int, int]],
        text_of: Callable[[int], str],
    ) -> None:
        """Look at scores, clearest first, with their groups, seconds and texts' numbers."""
        looked_at: Counter[int] = Counter()
        of_all = self._of_all[label]
        for place, (score, group, seconds, number) in enumerate(found):
            looked_at[group] += 1
            of_group = self._of_group[label].setdefault(group, [])
            for_all = place < _LOOKED_AT * _OF_ALL and score > _floor(of_all, _OF_ALL)
            for_group = (
                score > self._floors[label, group + 1]
                and looked_at[group] <= _LOOKED_AT * EXAMPLES_SHOWN
            )
            text = text_of(number) if for_all or for_group else ""
            if not text:
                continue
            example = Example(score, text, group, seconds)
            if for_all:
                _push(of_all, example, _OF_ALL)
            if for_group:
                _push(of_group, example, EXAMPLES_SHOWN)
                self._floors[label, group + 1] = _floor(of_group, EXAMPLES_SHOWN)


def _floor(best: Sequence[Example], most: int) -> float:
    return best[0].score if len(best) == most else 0.0


def _push(best: list[Example], example: Example, most: int) -> None:
    """Put an example among the best, which are a heap, unless its text is there already."""
    if all(example.text != other.text for other in best):
        push = heapq.heappushpop if len(best) == most else heapq.heappush
        push(best, example)
