"""EmotiCare: which of 28 emotions an English text carries, several at once, calibrated.

import emoticare

clf = emoticare.load()
clf("I'm so proud of everything we've built together!").labels
"""

from typing import TYPE_CHECKING

from emoticare._version import __version__
from emoticare.classifier import EmotionClassifier, load, predict_emotions
from emoticare.errors import (
    ArtifactError,
    DataError,
    EmoticareError,
    InputError,
    MissingExtraError,
    PolicyError,
    ThresholdError,
    TrainingError,
    UsageError,
)
from emoticare.labels import LABELS
from emoticare.meaning.documents import Document, Sentence
from emoticare.prediction import Prediction

if TYPE_CHECKING:
    from emoticare.meaning.conversation import Conversation

__all__ = [
    "LABELS",
    "ArtifactError",
    "Conversation",
    "DataError",
    "Document",
    "EmoticareError",
    "EmotionClassifier",
    "InputError",
    "MissingExtraError",
    "PolicyError",
    "Prediction",
    "Sentence",
    "ThresholdError",
    "TrainingError",
    "UsageError",
    "__version__",
    "load",
    "predict_emotions",
]


def __getattr__(name: str) -> object:
    if name == "Conversation":
        from emoticare.meaning.conversation import Conversation

        return Conversation
    raise AttributeError(f"module 'emoticare' has no attribute {name!r}")
