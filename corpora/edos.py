"""What EDOS' raters say in GoEmotions' labels.

EDOS has 32 emotions, 8 intents and neutral. One with a single counterpart votes for it; one that
lies between several votes for none, and of those nothing is said.
"""

import re
from collections import Counter
from typing import Final

# EDOS' label: its counterpart ("" for none), and the labels too near for a vote to tell of them.
_COUNTERPARTS: Final[dict[str, tuple[str, str]]] = {
    "acknowledging": ("neutral", "approval realization gratitude"),
    "afraid": ("fear", "nervousness"),
    "agreeing": ("approval", "neutral admiration optimism"),
    "angry": ("anger", "annoyance disapproval disgust"),
    "annoyed": ("annoyance", "anger disapproval disappointment disgust"),
    "anticipating": ("", "excitement optimism desire nervousness curiosity neutral"),
    "anxious": ("nervousness", "fear confusion sadness"),
    "apprehensive": ("nervousness", "fear confusion"),
    "ashamed": ("", "embarrassment remorse sadness disappointment"),
    "caring": ("caring", "love optimism approval"),
    "confident": ("", "approval optimism pride neutral admiration"),
    "consoling": ("caring", "optimism approval"),
    "content": ("joy", "approval relief love gratitude admiration excitement"),
    "devastated": ("", "sadness grief disappointment fear"),
    "disappointed": ("disappointment", "sadness disapproval annoyance"),
    "disgusted": ("disgust", "anger annoyance disapproval"),
    "embarrassed": ("embarrassment", "remorse nervousness"),
    "encouraging": ("", "optimism caring approval admiration neutral"),
    "excited": ("excitement", "joy surprise optimism desire amusement"),
    "faithful": ("", "love caring admiration approval gratitude neutral"),
    "furious": ("anger", "annoyance disapproval disgust"),
    "grateful": ("gratitude", "admiration joy love relief"),
    "guilty": ("remorse", "sadness embarrassment"),
    "hopeful": ("optimism", "desire excitement"),
    "impressed": ("admiration", "approval surprise excitement joy"),
    "jealous": ("", "annoyance anger desire sadness disappointment disapproval"),
    "joyful": ("joy", "excitement amusement love gratitude admiration relief"),
    "lonely": ("sadness", "grief disappointment desire"),
    "neutral": ("neutral", "approval realization curiosity"),
    "nostalgic": ("", "sadness love joy desire realization neutral"),
    "prepared": ("neutral", "approval optimism"),
    "proud": ("pride", "admiration joy approval"),
    "questioning": ("", "curiosity confusion neutral surprise annoyance"),
    "sad": ("sadness", "grief disappointment remorse"),
    "sentimental": ("", "love sadness joy caring admiration grief"),
    "suggesting": ("neutral", "approval caring optimism"),
    "surprised": ("surprise", "excitement confusion curiosity realization"),
    "sympathizing": ("caring", "sadness remorse"),
    "terrified": ("fear", "nervousness"),
    "trusting": ("", "approval admiration love caring optimism neutral"),
    "wishing": ("", "desire optimism caring joy love"),
}
_FEWEST_RATERS: Final = 2
_OTHER: Final = re.compile(r"\s*\(other\)\s*$")


def shares(raters: str, labels: tuple[str, ...]) -> dict[str, float]:
    """Return the share of the raters for each label of which they say something.

    Args:
        raters: The three raters' labels, joined by "/".
        labels: All of GoEmotions' labels.

    Returns:
        From 0 to 1 for each label; one that is only near to a vote is left out. Empty unless two
        raters or more gave labels that EDOS has.
    """
    names = [_OTHER.sub("", name.lower()).strip() for name in raters.split("/")]
    known = [_COUNTERPARTS[name] for name in names if name in _COUNTERPARTS]
    if len(known) < _FEWEST_RATERS:
        return {}
    votes = Counter(counterpart for counterpart, _ in known if counterpart)
    near = {label for _, nearby in known for label in nearby.split()}
    return {
        label: round(votes[label] / len(known), 3)
        for label in labels
        if votes[label] or label not in near
    }
