"""Gives emoji and emoticons tokens of their own, in rows of the vocabulary that nothing uses.

BERT's vocabulary keeps almost a thousand rows free and knows few emoji. A token that is "added" is
found before the text is split into words, by every runtime that reads tokenizer.json; since the
rows were there before, the model does not grow.
"""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from emoticare.data.emoji import Emoji

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_UNUSED = re.compile(r"\[unused\d+\]")


def add_emoji_tokens(model: "PreTrainedModel", tokenizer_json: str, table: Iterable[Emoji]) -> str:
    """Names free rows after emoji, and starts their embeddings at the mean of their names' words.

    Args:
        model: Its word embeddings are changed in place.
        tokenizer_json: A WordPiece tokenizer. One without free rows stays as it is.
        table: In order of importance, for a vocabulary with fewer free rows.

    Returns:
        The tokenizer.json that knows the emoji.
    """
    import torch

    content = json.loads(tokenizer_json)
    vocabulary: dict[str, int] = content["model"]["vocab"]
    tokenizer = Tokenizer.from_str(tokenizer_json)
    free = sorted((i, token) for token, i in vocabulary.items() if _UNUSED.fullmatch(token))
    embeddings = model.get_input_embeddings().weight
    known = {token["content"] for token in content["added_tokens"]}
    for emoji in table:
        if emoji.text in known:
            continue
        if emoji.text not in vocabulary:
            if not free:
                break
            row, unused = free.pop(0)
            del vocabulary[unused]
            vocabulary[emoji.text] = row
            name_ids = tokenizer.encode(emoji.name, add_special_tokens=False).ids
            with torch.no_grad():
                embeddings[row] = embeddings[name_ids].mean(dim=0)
        content["added_tokens"].append(_added_token(emoji.text, vocabulary[emoji.text]))
    content["added_tokens"].sort(key=lambda token: token["id"])
    content["model"]["vocab"] = dict(sorted(vocabulary.items(), key=lambda item: item[1]))
    return json.dumps(content, ensure_ascii=False)


def _added_token(text: str, row: int) -> dict[str, object]:
    return {
        "id": row,
        "content": text,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": False,
    }
