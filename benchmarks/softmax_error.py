"""The table of docs/migrate.md: one sentence's logits under a sigmoid, and under TEI's softmax."""

import numpy as np

import emoticare

SENTENCE = "Thank you so much, I love this, you made my whole week!"
MOST_SHOWN = 3


def main() -> None:
    classifier = emoticare.load()
    (logits,) = classifier.predict_logits([SENTENCE])
    (sigmoid,) = classifier.predict_proba([SENTENCE])
    softmax = np.exp(logits) / np.exp(logits).sum()
    print("| label | sigmoid, EmotiCare | softmax, as TEI |")
    print("|---|---|---|")
    for i in np.argsort(-logits)[:MOST_SHOWN]:
        print(f"| {classifier.labels[i]} | {sigmoid[i]:.3f} | {softmax[i]:.3f} |")


if __name__ == "__main__":
    main()
