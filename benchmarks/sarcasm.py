"""How sarcasm is read: lines whose words praise and whose meaning blames, beside sincere ones.

    python benchmarks/sarcasm.py [--model DIR]

The lines were written for this script, before the model was asked. Figures stand in
docs/responsible-use.md.
"""

import argparse
from pathlib import Path

import emoticare
from emoticare.labels import SENTIMENTS

SARCASTIC = (
    "Oh great, another meeting that could have been an email.",
    "Wow, only three hours late. Impressive.",
    "Thanks for nothing.",
    "I just love being stuck in traffic for two hours.",
    "Brilliant. My phone died right when I needed it.",
    "Sure, because that worked so well last time.",
    "What a lovely surprise, the train is cancelled again.",
    "Nice job breaking the build on a Friday evening.",
    "Yeah, I really needed a parking ticket today.",
    "How wonderful, it's raining on my only day off.",
    "Best customer service ever, they only hung up on me twice.",
    "Congratulations, you managed to make it even worse.",
    "I'm so glad I paid extra for priority boarding at the end of the line.",
    "Fantastic, the update deleted all my photos.",
    "Oh joy, more paperwork.",
    "Because who needs sleep anyway, right?",
    "Real classy, insulting the waiter like that.",
    "Such a pleasure to wait forty minutes for cold soup.",
    "Great, just what I needed, another bill.",
    "You're a real genius, locking the keys in the car.",
)
SINCERE = (
    "I hate these meetings, they waste my time.",
    "You are three hours late and I am angry.",
    "You did not help me at all.",
    "Being stuck in traffic for two hours makes me furious.",
    "I am upset that my phone died right when I needed it.",
    "That did not work last time and it will not work now.",
    "I am annoyed that the train is cancelled again.",
    "You broke the build on a Friday evening and that is bad.",
    "I am annoyed about the parking ticket.",
    "It's raining on my only day off and that makes me sad.",
)


def main() -> None:
    """Print how many lines are read as positive and as negative."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", type=Path)
    classifier = emoticare.load(options.parse_args().model)
    for name, texts in (("sarcastic", SARCASTIC), ("sincere", SINCERE)):
        predictions = classifier.predict(texts)
        for sentiment in ("positive", "negative"):
            members = set(SENTIMENTS[sentiment])
            count = sum(bool(members & set(found.labels)) for found in predictions)
            print(f"{name}: {count} of {len(texts)} read as {sentiment}")


if __name__ == "__main__":
    main()
