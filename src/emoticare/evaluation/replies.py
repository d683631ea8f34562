"""How much what was said before helps a model to read a reply."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emoticare.classifier import EmotionClassifier
from emoticare.data.everyday import EverydayTexts
from emoticare.evaluation.bootstrap import Interval, bootstrap_ratio
from emoticare.evaluation.metrics import Array, Bools
from emoticare.evaluation.scoring import Progress, counted


@dataclass(frozen=True)
class ReplyFigures:
    """Figures of a group of replies, each with its 95% bootstrap interval over replies.

    All look at the most probable label, and at what readers named who saw what was said before.

    Attributes:
        n_replies: Replies of the group.
        in_context: The share that is right if the model reads what was said before, too.
        alone: The share that is right if it reads the reply alone.
        gain: The difference of the two.
    """

    n_replies: int
    in_context: Interval
    alone: Interval
    gain: Interval

    def to_json(self) -> dict[str, float | None]:
        """Give a flat record fit for JSON: each figure, and its `…_ci_low` and `…_ci_high`."""
        return {
            "n_replies": self.n_replies,
            **self.in_context.to_json("in_context"),
            **self.alone.to_json("alone"),
            **self.gain.to_json("gain"),
        }


@dataclass(frozen=True)
class Replies:
    """A model's figures on the replies of a split of the everyday corpus.

    Attributes:
        groups: "all", "real" and "written"; without the sources' files "written" alone.
    """

    groups: Mapping[str, ReplyFigures]

    def to_json(self) -> dict[str, object]:
        """Give a record fit for JSON, whose key is `replies`."""
        return {"replies": {name: group.to_json() for name, group in self.groups.items()}}


def evaluate_replies(
    classifier: EmotionClassifier, replies: EverydayTexts, *, on_progress: Progress | None = None
) -> Replies:
    """Measure a model on the replies of a split, with what was said before them and without.

    Args:
        classifier: The model; its labels are those that the split was read with.
        replies: The split, as `read_pairs` returns it.
        on_progress: Called with the number of texts read since the last call; each reply is read
            twice.

    Raises:
        UsageError: The model reads no context.
    """
    in_context, alone = (
        _right(replies, classifier.predict_proba(counted(replies.texts, on_progress), context=said))
        for said in (replies.contexts, None)
    )
    groups = replies.by_origin().items()
    return Replies({name: _figures(in_context[mask], alone[mask]) for name, mask in groups})


def _right(replies: EverydayTexts, probabilities: Array) -> Bools:
    strongest = probabilities.argmax(axis=1)
    right: Bools = replies.primary[np.arange(len(strongest)), strongest]
    return right


def _figures(in_context: Bools, alone: Bools) -> ReplyFigures:
    every = np.ones(len(alone))
    gain = in_context.astype(np.float64) - alone
    return ReplyFigures(
        n_replies=len(alone),
        in_context=bootstrap_ratio(in_context, every),
        alone=bootstrap_ratio(alone, every),
        gain=bootstrap_ratio(gain, every),
    )
