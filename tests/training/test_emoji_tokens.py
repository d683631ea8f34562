import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertTokenizerFast, DistilBertConfig, DistilBertModel

from emoticare.data.emoji import Emoji
from emoticare.training.emoji_tokens import add_emoji_tokens

VOCABULARY = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "crying"]
VOCABULARY += ["face", "i", "love", "♥", "so"]
CRY = Emoji("😭", "crying face", ("sadness",))
HEART = Emoji("♥", "love", ("love",))
PIZZA = Emoji("🍕", "slice of pizza", ())
MONEY = Emoji("💰", "money", ())


def parts(folder: Path) -> tuple[DistilBertModel, str]:
    torch.manual_seed(0)
    config = DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=8, hidden_dim=8, n_layers=1, n_heads=2
    )
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    return DistilBertModel(config), tokenizer.backend_tokenizer.to_str()


def test_emoji_take_free_rows_and_start_as_their_names(tmp_path: Path) -> None:
    model, tokenizer_json = parts(tmp_path)
    before = model.embeddings.word_embeddings.weight.detach().clone()
    changed = add_emoji_tokens(model, tokenizer_json, [CRY, HEART])
    after = model.embeddings.word_embeddings.weight.detach()
    assert torch.allclose(after[1], before[[7, 8]].mean(dim=0))
    assert torch.equal(after[2:], before[2:])
    tokenizer = Tokenizer.from_str(changed)
    assert tokenizer.get_vocab_size() == len(VOCABULARY)
    encoded = tokenizer.encode("I love😭😭so ♥♥ ❤", add_special_tokens=False)
    assert encoded.tokens == ["i", "love", "😭", "😭", "so", "♥", "♥", "[UNK]"]


def test_the_first_ones_get_the_last_free_rows(tmp_path: Path) -> None:
    model, tokenizer_json = parts(tmp_path)
    changed = json.loads(add_emoji_tokens(model, tokenizer_json, [CRY, PIZZA, MONEY]))
    vocabulary = changed["model"]["vocab"]
    assert (vocabulary["😭"], vocabulary["🍕"]) == (1, 2)
    assert "💰" not in vocabulary
    assert sorted(vocabulary.values()) == list(range(len(VOCABULARY)))


def test_a_base_that_knows_emoji_keeps_them_once(tmp_path: Path) -> None:
    model, tokenizer_json = parts(tmp_path)
    known = add_emoji_tokens(model, tokenizer_json, [CRY, HEART])
    before = model.embeddings.word_embeddings.weight.detach().clone()
    assert json.loads(add_emoji_tokens(model, known, [CRY, HEART])) == json.loads(known)
    assert torch.equal(model.embeddings.word_embeddings.weight, before)
