"""The gold labels to measure a model on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from emoticare.classifier import EmotionClassifier, load
from emoticare.data.dataset import SPLIT_NAMES, Dataset, Split
from emoticare.data.source import WHOLE_FILE, load_split_from
from emoticare.data.tabular import TableOptions
from emoticare.model.artifact import ModelArtifact

EVERYDAY: Final = "everyday"
"""The domain of the everyday corpus."""
REDDIT: Final = "reddit"
"""The domain of GoEmotions."""


@dataclass(frozen=True, eq=False)
class Gold:
    """Labelled texts to measure on.

    Attributes:
        labels: The label names, in the order of the columns.
        split: What is measured on.
        others: The other splits, where there are any.
    """

    labels: tuple[str, ...]
    split: Split
    others: Sequence[Split] = ()

    @property
    def checksum(self) -> str | None:
        """What `Dataset.checksum` is of all three splits; None where some are missing."""
        splits = sorted([self.split, *self.others], key=_place)
        if tuple(split.name for split in splits) != SPLIT_NAMES:
            return None
        return Dataset.from_splits(self.labels, splits, source="").checksum


def load_gold(
    data: Path | None,
    split: str,
    *,
    model_labels: Sequence[str],
    options: TableOptions,
    validation: Path | None = None,
    test: Path | None = None,
) -> Gold:
    """Read labelled texts, with the labels in the model's order where they are the model's.

    Args:
        data: A file or a folder, None for GoEmotions from the hub; see `load_dataset_from`.
        split: "train", "validation" (or "dev") or "test"; "all" for every row of a user's own file,
            whose labels must then be among the model's.
        model_labels: The labels of the model.
        options: How to read a user's own files. A single file is cut as in training where the seed
            is that of the training.
        validation: The user's own validation split, where `data` is the file of the train split.
        test: The user's own test split, likewise.

    Raises:
        DataError: The data is missing, malformed or inconsistent.
        UsageError: There is no split of that name, or the files do not make up a data set.
        MissingExtraError: Reading from the hub, or Parquet, needs a package that is missing.
    """
    in_model_order = replace(options, labels=tuple(model_labels))
    if split == WHOLE_FILE:
        options = in_model_order
    labels, chosen, others = load_split_from(data, split, options, validation=validation, test=test)
    if labels != tuple(model_labels) and set(labels) == set(model_labels):
        # Read anew rather than reordered: how a file is cut depends on the order of the labels.
        labels, chosen, others = load_split_from(
            data, split, in_model_order, validation=validation, test=test
        )
    return Gold(labels, chosen, others)


def domain_of(gold: Gold, artifact: ModelArtifact) -> str | None:
    """Return the domain that a model was fitted for on the data that it is measured on, if any."""
    checksum = artifact.config.provenance_part("data").get("checksum")
    return REDDIT if checksum and gold.checksum == checksum else None


def in_domain(classifier: EmotionClassifier, domain: str | None) -> EmotionClassifier:
    """Return the classifier with its thresholds and calibration for a domain.

    One whose model has no such domain, or an overlay, is returned as it is, as for None.
    """
    artifact = classifier.artifact
    if domain is None or artifact.overlay or domain not in artifact.config.domains:
        return classifier
    return load(artifact, domain=domain)


def training_seed(artifact: ModelArtifact) -> int:
    """Return the seed of a model's training, which also split a single file; 0 if unknown."""
    seed = artifact.config.provenance.get("seed")
    return seed if isinstance(seed, int) and seed >= 0 else 0


def _place(split: Split) -> int:
    return SPLIT_NAMES.index(split.name) if split.name in SPLIT_NAMES else len(SPLIT_NAMES)
