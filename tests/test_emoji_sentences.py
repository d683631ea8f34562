"""What the embedded model makes of emoji and emoticons, which most tokenizers do not know."""

import pytest

from emoticare.classifier import EmotionClassifier


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😭😭😭", {"sadness"}),
        ("you made my day 🥰", {"love", "joy"}),
        ("🤬", {"anger"}),
        ("🤢", {"disgust"}),
        ("🎉🎉 we won!!", {"joy", "excitement"}),
        ("😂😂", {"amusement"}),
        ("❤️", {"love"}),
        ("<3", {"love"}),
    ],
)
def test_the_strongest_emotion(embedded: EmotionClassifier, text: str, expected: set[str]) -> None:
    scores = embedded(text, threshold=0.0).scores
    assert max(scores, key=scores.__getitem__) in expected


@pytest.mark.parametrize("tone", ["", "🏻", "🏽", "🏿"])
def test_skin_tones_do_not_matter_much(embedded: EmotionClassifier, tone: str) -> None:
    plain, toned = embedded.predict_proba(["well done 👍", f"well done 👍{tone}"])
    assert abs(plain - toned).max() < 0.2
