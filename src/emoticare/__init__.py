"""EmotiCare: which of 28 emotions an English text carries, several at once, calibrated.

import emoticare

clf = emoticare.load()
clf("I'm so proud of everything we've built together!").labels
"""

from emoticare._version import __version__
from emoticare.classifier import EmotionClassifier, load, predict_emotions
from emoticare.documents import Document, Sentence
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
from emoticare.prediction import Prediction

__all__ = [
    "LABELS",
    "ArtifactError",
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
