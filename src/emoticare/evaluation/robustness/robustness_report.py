"""All robustness figures of a model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from emoticare.classifier import EmotionClassifier
from emoticare.data.dataset import Split
from emoticare.evaluation.robustness.emoji import EmojiFigures, evaluate_emoji
from emoticare.evaluation.robustness.identity import IdentityFigures, evaluate_identity
from emoticare.evaluation.robustness.negation import NegationFigures, evaluate_negation
from emoticare.evaluation.robustness.perturbed import Perturbed, evaluate_perturbed
from emoticare.evaluation.scoring import Progress


@dataclass(frozen=True)
class Robustness:
    """How robust a model is.

    Attributes:
        perturbed: By perturbation, see `evaluate_perturbed`.
        emoji: By kind of line, see `evaluate_emoji`; empty where the model has no label of theirs.
        negation: By sentiment, see `evaluate_negation`; empty likewise.
        identity: Gaps between groups of people; None where the model has no negative emotion.
    """

    perturbed: Mapping[str, Perturbed]
    emoji: Mapping[str, EmojiFigures]
    negation: Mapping[str, NegationFigures]
    identity: IdentityFigures | None

    def to_json(self) -> dict[str, object]:
        """Give a flat record fit for JSON; sets that do not fit the model are left out."""
        sets = {name: figures.to_json() for name, figures in self.perturbed.items()}
        sets |= {_name("emoji", kind): asdict(figures) for kind, figures in self.emoji.items()}
        sets |= {
            _name("negation", sentiment): asdict(figures)
            for sentiment, figures in self.negation.items()
        }
        if self.identity:
            sets["identity"] = self.identity.to_json()
        return {
            f"robustness_{name}_{key}": value
            for name, record in sets.items()
            for key, value in record.items()
        }


def evaluate_robustness(
    classifier: EmotionClassifier,
    split: Split,
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Robustness:
    """Measure a model on perturbed copies of a split, and on the sets that fit its labels.

    Args:
        classifier: The model.
        split: Texts with a column for each of the model's labels, in its order.
        seed: Of the perturbations.
        on_progress: See `evaluate_perturbed`.

    Raises:
        UsageError: If the split has another number of labels than the model.
    """
    return Robustness(
        perturbed=evaluate_perturbed(classifier, split, seed=seed, on_progress=on_progress),
        emoji=evaluate_emoji(classifier),
        negation=evaluate_negation(classifier),
        identity=evaluate_identity(classifier),
    )


def _name(of_set: str, part: str) -> str:
    return of_set if part == "all" else f"{of_set}_{part}"
