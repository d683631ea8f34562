"""Why a text got its scores: how much each word and each sentence moves each emotion."""

from emoticare.meaning.explanation.explanation import Explanation, Part
from emoticare.meaning.explanation.occlusion import Occlusion, explain

__all__ = ["Explanation", "Occlusion", "Part", "explain"]
