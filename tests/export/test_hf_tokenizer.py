import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoticare.errors import ArtifactError
from emoticare.export.hf_tokenizer import pad_token_id, tokenizer_files
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.text import Reply
from emoticare.stages.tokens import CONTEXT_TOKENS, TextTokenizer

TYPED = ("[CLS] really? [SEP]", "yes [MASK] [PAD] [UNK][SEP]")


def test_both_readers_agree_with_emoticare(
    hf_folder: Path, embedded_artifact: ModelArtifact, texts: list[str]
) -> None:
    transformers = pytest.importorskip("transformers")
    max_length = embedded_artifact.config.max_length
    tokenized = TextTokenizer(embedded_artifact.tokenizer_json, max_length).encode(texts)
    expected = [text.input_ids for text in tokenized]
    for kind in (transformers.DistilBertTokenizer, transformers.AutoTokenizer):
        tokenizer = kind.from_pretrained(hf_folder)
        encoded = tokenizer(texts, truncation=True)
        assert encoded["input_ids"] == expected
        assert set(encoded) == {"input_ids", "attention_mask"}
        assert tokenizer.model_max_length == max_length


@pytest.fixture
def encoder(embedded_artifact: ModelArtifact) -> TextTokenizer:
    return TextTokenizer(embedded_artifact.tokenizer_json, embedded_artifact.config.max_length)


def test_pairs_that_fit_are_those_of_emoticare(
    hf_folder: Path, encoder: TextTokenizer, pairs: list[tuple[str, str]]
) -> None:
    transformers = pytest.importorskip("transformers")
    pairs = [*pairs, ("?", ""), ("so " * CONTEXT_TOKENS, "and on " * 200)]
    expected = [text.input_ids for text in encoder.encode([Reply(b, a) for a, b in pairs])]
    for kind in (transformers.DistilBertTokenizer, transformers.AutoTokenizer):
        encoded = kind.from_pretrained(hf_folder)(*map(list, zip(*pairs, strict=True)))
        assert encoded["input_ids"] == expected
        assert set(encoded) == {"input_ids", "attention_mask"}


def test_typed_special_tokens_are_text_where_the_call_says_so(
    hf_folder: Path, encoder: TextTokenizer
) -> None:
    transformers = pytest.importorskip("transformers")
    alone, pair = encoder.encode([TYPED[1], Reply(TYPED[1], TYPED[0])])
    for kind in (transformers.DistilBertTokenizer, transformers.AutoTokenizer):
        tokenizer = kind.from_pretrained(hf_folder)
        assert tokenizer(TYPED[1], split_special_tokens=True)["input_ids"] == alone.input_ids
        assert tokenizer(*TYPED, split_special_tokens=True)["input_ids"] == pair.input_ids


def test_a_tokenizer_that_makes_other_pairs(tokenizer_json: str) -> None:
    assert tokenizer_files(tokenizer_json, 24)
    with pytest.raises(ArtifactError, match="other pairs than"):
        tokenizer_files(tokenizer_json, 24, reads_context=True)


def test_the_vocabulary_alone_is_enough(
    hf_folder: Path, embedded_artifact: ModelArtifact, texts: list[str], tmp_path: Path
) -> None:
    transformers = pytest.importorskip("transformers")
    for name in ("vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
        (tmp_path / name).write_bytes((hf_folder / name).read_bytes())
    tokenizer = transformers.DistilBertTokenizer.from_pretrained(tmp_path)
    tokenized = TextTokenizer(
        embedded_artifact.tokenizer_json, embedded_artifact.config.max_length
    ).encode(texts)
    encoded = tokenizer(texts, truncation=True)
    assert encoded["input_ids"] == [text.input_ids for text in tokenized]


def test_the_files(tokenizer_json: str) -> None:
    files = tokenizer_files(tokenizer_json, 24)
    assert files["tokenizer.json"].decode() == tokenizer_json
    assert files["vocab.txt"].startswith(b"[PAD]\n[UNK]\n")
    assert pad_token_id(files["vocab.txt"]) == 0
    config = json.loads(files["tokenizer_config.json"])
    assert config["tokenizer_class"] == "DistilBertTokenizer"
    assert config["do_lower_case"] is True
    assert config["model_max_length"] == 24
    assert config["mask_token"] == "[MASK]"


def _shift_id(content: Any) -> None:
    content["model"]["vocab"]["joy"] = 999


def _drop_mask(content: Any) -> None:
    content["model"]["vocab"] = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
    content["added_tokens"] = []


def _break_line(content: Any) -> None:
    vocabulary = content["model"]["vocab"]
    vocabulary["a\nb"] = len(vocabulary)


def _other_kind(content: Any) -> None:
    content["model"]["type"] = "BPE"


def _other_prefix(content: Any) -> None:
    content["model"]["continuing_subword_prefix"] = "@@"


def _no_normalizer(content: Any) -> None:
    content["normalizer"] = None


@pytest.mark.parametrize(
    "edit", [_shift_id, _drop_mask, _break_line, _other_kind, _other_prefix, _no_normalizer]
)
def test_a_tokenizer_that_distilbert_has_not(
    tokenizer_json: str, edit: Callable[[Any], None]
) -> None:
    content = json.loads(tokenizer_json)
    edit(content)
    with pytest.raises(ArtifactError, match=r"tokenizer\.json of a DistilBERT"):
        tokenizer_files(json.dumps(content), 24)


def test_no_tokenizer_at_all() -> None:
    for content in ("", "[]", "{}", "null"):
        with pytest.raises(ArtifactError, match=r"tokenizer\.json of a DistilBERT"):
            tokenizer_files(content, 24)
