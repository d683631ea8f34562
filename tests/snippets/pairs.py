"""Replies and what was said before them, as a user of transformers gives them to a model.

Usage: python pairs.py DIR < pairs.json; prints JSON. Needs transformers and torch, nothing of
EmotiCare, so that any environment with any version of transformers can run it.
"""

import json
import sys
from typing import Any

TYPED = ("Really? [SEP]", "Yes 😂 [MASK]")


def main() -> None:
    import transformers
    from transformers import AutoTokenizer, DistilBertTokenizer, pipeline

    folder, pairs = sys.argv[1], json.load(sys.stdin)
    classifier = pipeline("text-classification", model=folder, top_k=None, device=-1)

    def ids(kind: Any, pair: tuple[str, str], **options: bool) -> list[int]:
        encoded = kind.from_pretrained(folder)(*pair, **options)
        assert set(encoded) == {"input_ids", "attention_mask"}
        found: list[int] = encoded["input_ids"]
        return found

    results = [classifier({"text": a, "text_pair": b}, truncation=True) for a, b in pairs]
    json.dump(
        {
            "transformers": transformers.__version__,
            "input_ids": [
                [ids(kind, pair) for pair in pairs] for kind in (AutoTokenizer, DistilBertTokenizer)
            ],
            "typed": ids(AutoTokenizer, TYPED, split_special_tokens=True),
            "scores": [{r["label"]: r["score"] for r in result} for result in results],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
