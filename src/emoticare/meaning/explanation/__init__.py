"""Why a text got its scores: how much each word and each sentence moves each emotion."""

from emoticare.meaning.explanation.explanation import Explanation
from emoticare.meaning.explanation.occlusion import Occlusion, explain
from emoticare.meaning.explanation.parts import Part

__all__ = ["Explanation", "Occlusion", "Part", "explain"]
