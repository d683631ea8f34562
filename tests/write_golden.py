"""Writes golden_sentences.json anew, after a new model was put into the package."""

import json
from pathlib import Path

import emoticare

SENTENCES = (
    "My stomach is in knots about tomorrow.",
    "Oh great, another meeting that could have been an email.",
    "She said yes!",
    "Nobody came to my birthday party.",
    "The train leaves at nine.",
    "I can't believe how thoughtful that was, I'm so touched.",
    "I'm so proud of everything we've built together!",
    "I'm terrified of what might happen next.",
    "This is the best day of my life!",
    "I don't really feel anything about it.",
)

classifier = emoticare.load()
predictions = classifier.predict(SENTENCES)
content = {
    "model": classifier.artifact.digest,
    "sentences": [
        {
            "text": text,
            "labels": prediction.labels,
            "scores": {label: round(score, 4) for label, score in prediction.scores.items()},
        }
        for text, prediction in zip(SENTENCES, predictions, strict=True)
    ],
}
path = Path(__file__).parent / "golden_sentences.json"
path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
