"""EmotiCare: which of 28 emotions an English text carries, several at once, calibrated.

import emoticare

clf = emoticare.load()
clf("I'm so proud of everything we've built together!").labels
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

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
    from emoticare.meaning.conversation import Conversation, Turn, TurnEvent
    from emoticare.meaning.documents import DocumentReader
    from emoticare.meaning.explanation import Explanation
    from emoticare.meaning.moderation import Moderation, Moderator, Policy

__all__ = [
    "LABELS",
    "ArtifactError",
    "Conversation",
    "DataError",
    "Document",
    "DocumentReader",
    "EmoticareError",
    "EmotionClassifier",
    "Explanation",
    "InputError",
    "MissingExtraError",
    "Moderation",
    "Moderator",
    "Policy",
    "PolicyError",
    "Prediction",
    "Sentence",
    "ThresholdError",
    "TrainingError",
    "Turn",
    "TurnEvent",
    "UsageError",
    "__version__",
    "load",
    "predict_emotions",
]


# Imported when they are first used: `import emoticare` stays quick.
_LATER: Final = {
    "Conversation": "emoticare.meaning.conversation",
    "DocumentReader": "emoticare.meaning.documents",
    "Explanation": "emoticare.meaning.explanation",
    "Moderation": "emoticare.meaning.moderation",
    "Moderator": "emoticare.meaning.moderation",
    "Policy": "emoticare.meaning.moderation",
    "Turn": "emoticare.meaning.conversation",
    "TurnEvent": "emoticare.meaning.conversation",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        # With name and object Python itself suggests one that is close.
        message = f"module 'emoticare' has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
    value: object = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
