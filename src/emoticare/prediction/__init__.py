"""What a user gets back for one text, and how it shows itself."""

from emoticare.prediction.prediction import Prediction, make_predictions
from emoticare.prediction.scores import (
    EmotionScores,
    LabelScore,
    RankedScores,
    ScoredName,
    check_top_k,
)

__all__ = [
    "EmotionScores",
    "LabelScore",
    "Prediction",
    "RankedScores",
    "ScoredName",
    "check_top_k",
    "make_predictions",
]
