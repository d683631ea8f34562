"""The three ways in which the original EmotiCare's card loads a model, as a user writes them.

Usage: python original_snippets.py DIR; prints JSON. Needs transformers and torch, nothing of
EmotiCare, so that any environment with any version of transformers can run it.
"""

import json
import sys

TEXT = "I'm so proud of everything we've built together!"
TEXTS = [
    "I can't believe how thoughtful that was, I'm so touched.",
    "I'm terrified of what might happen next.",
    "The meeting is at three.",
    "Ünïcode façade 😂 tokenization of unbelievably-long-compound words...",
]
NOTHING = "none above threshold"


def with_the_pipeline(folder: str) -> dict[str, float]:
    from transformers import pipeline

    classifier = pipeline(
        "text-classification", model=folder, tokenizer=folder, top_k=None, device=-1
    )
    results = classifier(TEXT)
    return {r["label"]: r["score"] for r in results[0] if r["score"] > 0.3}


def with_the_model(folder: str) -> dict[str, float]:
    import torch
    from transformers import DistilBertForSequenceClassification, DistilBertTokenizer

    tokenizer = DistilBertTokenizer.from_pretrained(folder)
    model = DistilBertForSequenceClassification.from_pretrained(folder)
    model.eval()

    inputs = tokenizer(TEXT, return_tensors="pt", truncation=True, max_length=512, padding=True)
    with torch.no_grad():
        logits = model(**inputs).logits
    probs = torch.sigmoid(logits)[0]
    return {model.config.id2label[i]: p.item() for i, p in enumerate(probs)}


def with_a_batch(folder: str, threshold: float = 0.3) -> list[dict[str, float] | str]:
    import torch
    from transformers import DistilBertForSequenceClassification, DistilBertTokenizer

    tokenizer = DistilBertTokenizer.from_pretrained(folder)
    model = DistilBertForSequenceClassification.from_pretrained(folder)
    model.eval()

    inputs = tokenizer(TEXTS, return_tensors="pt", truncation=True, max_length=512, padding=True)
    with torch.no_grad():
        probs = torch.sigmoid(model(**inputs).logits)
    found: list[dict[str, float] | str] = []
    for i in range(len(TEXTS)):
        labels = {
            model.config.id2label[j]: probs[i][j].item()
            for j in range(probs.shape[1])
            if probs[i][j] > threshold
        }
        found.append(labels or NOTHING)
    return found


def main() -> None:
    import transformers
    from transformers import AutoTokenizer, DistilBertForSequenceClassification, DistilBertTokenizer

    folder = sys.argv[1]
    loading = DistilBertForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    tokenizers = (DistilBertTokenizer, AutoTokenizer)
    json.dump(
        {
            "transformers": transformers.__version__,
            "pipeline": with_the_pipeline(folder),
            "model": with_the_model(folder),
            "batch": with_a_batch(folder),
            "loading": {kind: sorted(map(str, names)) for kind, names in loading[1].items()},
            "input_ids": [t.from_pretrained(folder)(TEXTS)["input_ids"] for t in tokenizers],
            "max_length": [t.from_pretrained(folder).model_max_length for t in tokenizers],
            "dtype": str(loading[0].dtype),
        },
        sys.stdout,
        indent=2,
    )


if __name__ == "__main__":
    main()
