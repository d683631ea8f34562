"""tokenizer.json as the files from which transformers builds a `DistilBertTokenizer`."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tokenizers import Tokenizer

from emoticare.errors import ArtifactError
from emoticare.model.files import json_bytes

_SPECIAL_TOKENS: Final = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
# What a DistilBertTokenizer does and cannot be told to do otherwise.
_FIXED: Final = {
    ("model", "type"): "WordPiece",
    ("model", "unk_token"): "[UNK]",
    ("model", "continuing_subword_prefix"): "##",
    ("model", "max_input_chars_per_word"): 100,
    ("normalizer", "type"): "BertNormalizer",
    ("normalizer", "clean_text"): True,
    ("pre_tokenizer", "type"): "BertPreTokenizer",
}


def tokenizer_files(
    tokenizer_json: str, max_length: int, *, reads_context: bool = False
) -> dict[str, bytes]:
    """Return the tokenizer's files, by name.

    Args:
        tokenizer_json: Content of tokenizer.json, kept as it is.
        max_length: Most tokens of a text, the special ones included.
        reads_context: Whether the model reads pairs, which the tokenizer has to put together as it
            has learned them.

    Raises:
        ArtifactError: If it is no tokenizer of DistilBERT.
    """
    try:
        content = json.loads(tokenizer_json)
        vocabulary = _vocabulary(content)
        _check_kind(content)
        if reads_context:
            _check_pairs(tokenizer_json)
        config = _config(content["normalizer"], max_length)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            "Expected the tokenizer.json of a DistilBERT, whose tokenizer is WordPiece as BERT has "
            f"it, found another ({error}). Such a model cannot be exported to Hugging Face."
        ) from error
    return {
        "tokenizer.json": tokenizer_json.encode(),
        "tokenizer_config.json": json_bytes(config),
        "special_tokens_map.json": json_bytes(_SPECIAL_TOKENS),
        "vocab.txt": "".join(f"{token}\n" for token in vocabulary).encode(),
    }


def pad_token_id(vocab_txt: bytes) -> int:
    """Return the id of the padding token, which is its line."""
    return vocab_txt.decode().split("\n").index(_SPECIAL_TOKENS["pad_token"])


def _vocabulary(content: Mapping[str, Any]) -> list[str]:
    """Return the tokens in the order of their ids."""
    ids = dict(content["model"]["vocab"])
    ids |= {token["content"]: token["id"] for token in content["added_tokens"]}
    tokens = sorted(ids, key=ids.__getitem__)
    if [ids[token] for token in tokens] != list(range(len(tokens))):
        raise ValueError("its ids leave gaps or repeat")
    if any("\n" in token or "\r" in token for token in tokens):
        raise ValueError("a token holds a line break")
    if missing := [token for token in _SPECIAL_TOKENS.values() if token not in ids]:
        raise ValueError(f"it has no {', '.join(missing)}")
    return tokens


def _check_kind(content: Mapping[str, Any]) -> None:
    for (part, key), expected in _FIXED.items():
        if content[part][key] != expected:
            raise ValueError(f"its {part} has {key} {content[part][key]!r}, not {expected!r}")


def _check_pairs(tokenizer_json: str) -> None:
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    first, second = (tokenizer.encode(text).ids for text in ("a", "b"))
    if tokenizer.encode("a", "b").ids != [*first, *second[1:]]:
        raise ValueError("it makes other pairs than [CLS] A [SEP] B [SEP]")


def _config(normalizer: Mapping[str, Any], max_length: int) -> dict[str, object]:
    return {
        "tokenizer_class": "DistilBertTokenizer",
        "do_lower_case": normalizer["lowercase"],
        "strip_accents": normalizer["strip_accents"],
        "tokenize_chinese_chars": normalizer["handle_chinese_chars"],
        "model_max_length": max_length,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": True,
        **_SPECIAL_TOKENS,
    }
