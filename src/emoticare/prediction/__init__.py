"""What a user gets back for one text, and how it shows itself."""

from emoticare.prediction.prediction import Prediction, make_predictions
from emoticare.prediction.scores import EmotionScores, RankedScores, ScoredName

__all__ = ["EmotionScores", "Prediction", "RankedScores", "ScoredName", "make_predictions"]
