"""Names that other moderation services give to categories; a policy may decide some of them."""

from typing import Final

OPENAI_CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""What OpenAI's moderations answer."""

PERSPECTIVE_ATTRIBUTES: Final = (
    *("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"),
    *("SEXUALLY_EXPLICIT", "FLIRTATION"),
    *("ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER", "INCOHERENT", "INFLAMMATORY"),
    *("LIKELY_TO_REJECT", "OBSCENE", "SPAM", "UNSUBSTANTIAL"),
    *("AFFINITY_EXPERIMENTAL", "COMPASSION_EXPERIMENTAL", "CURIOSITY_EXPERIMENTAL"),
    *("NUANCE_EXPERIMENTAL", "PERSONAL_STORY_EXPERIMENTAL", "REASONING_EXPERIMENTAL"),
    "RESPECT_EXPERIMENTAL",
)
"""What Perspective could be asked for in English."""

STANDARD_NAMES: Final = (
    *(f"openai.{name}" for name in OPENAI_CATEGORIES),
    *(f"perspective.{name}" for name in PERSPECTIVE_ATTRIBUTES),
)
"""The names as `stands_for` of a policy writes them."""


def own_standards(category: str) -> list[str]:
    """Return the standard names that a category decides by its name alone."""
    return [name for name in STANDARD_NAMES if name.partition(".")[2] == category]
