"""Moderation: a policy maps emotions, groups and sentences to categories and actions.

from emoticare.meaning.moderation import Moderator

moderator = Moderator(emoticare.load())
moderator("I hate this, you make me sick!").flagged
"""

from emoticare.meaning.moderation.categories import Action, Category, Scope, Severity
from emoticare.meaning.moderation.moderator import ModerationSession, Moderator
from emoticare.meaning.moderation.policy import Policy
from emoticare.meaning.moderation.verdicts import Finding, Moderation, PolicyEvaluator

__all__ = [
    "Action",
    "Category",
    "Finding",
    "Moderation",
    "ModerationSession",
    "Moderator",
    "Policy",
    "PolicyEvaluator",
    "Scope",
    "Severity",
]
