"""A speaker's running state: the mean of the scores of their turns, older ones counting less."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoticare.errors import UsageError
from emoticare.stages.probabilities import FloatArray


@dataclass(frozen=True)
class Decay:
    """How fast turns fade.

    Attributes:
        turns: So many further turns of the speaker halve what a turn counts.
        seconds: So many seconds between turns halve it, too.

    Raises:
        UsageError: If a value is not above 0.
    """

    turns: float = 3.0
    seconds: float = 3600.0

    def __post_init__(self) -> None:
        if not (self.turns > 0 and self.seconds > 0):
            raise UsageError("Expected half-lives above 0, found another.")

    def factor(self, elapsed_s: float) -> float:
        """Return what earlier turns count after one more turn, in [0, 1].

        Args:
            elapsed_s: Seconds since the turn before; 0 where unknown.
        """
        return float(2.0 ** -(1.0 / self.turns + elapsed_s / self.seconds))


class RunningState:
    """The running state of one speaker.

    After turn n it is `sum(w_i * p_i) / sum(w_i)`, where p_i are the scores of turn i and w_i is 1
    for the last turn and `2 ** -(1 / decay.turns + elapsed_s / decay.seconds)` times as much for
    each turn before.

    Args:
        n_labels: Labels of the model.
        decay: How fast turns fade.

    Attributes:
        scores: float64 of shape (n_labels,), in [0, 1]; zeros before the first turn.
        n_turns: Turns so far.
        total: Sum of the scores of all turns, undecayed.

    Source: the exponentially weighted mean at irregular times: Eckner (2012), "Algorithms for
        unevenly spaced time series: moving averages and other rolling operators".
    """

    def __init__(self, n_labels: int, decay: Decay) -> None:
        self.scores: npt.NDArray[np.float64] = np.zeros(n_labels)
        self.total: npt.NDArray[np.float64] = np.zeros(n_labels)
        self.n_turns: int = 0
        self._decay = decay
        self._weight = 0.0
        self._last_s: float | None = None

    def update(self, probabilities: FloatArray, time_s: float | None) -> None:
        """Take the next turn.

        Args:
            probabilities: Its scores, shape (n_labels,).
            time_s: When, in seconds. A time before the last one's counts as the same.
        """
        self._weight = self._weight * self._decay.factor(self._elapsed(time_s)) + 1.0
        row = probabilities.astype(np.float64)
        self.scores = self.scores + (row - self.scores) / self._weight
        self.total += row
        self.n_turns += 1

    def _elapsed(self, time_s: float | None) -> float:
        if time_s is None:
            return 0.0
        last_s = time_s if self._last_s is None else self._last_s
        self._last_s = max(last_s, time_s)
        return self._last_s - last_s
