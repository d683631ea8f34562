"""A tiny real encoder and a tiny data set, made here."""

import random
from pathlib import Path

import pytest

from emoticare.labels import LABELS

WORDS = [*LABELS, "i", "feel", "so", "much", "today", "and", "you", "are", "the", "it", "was", "!"]


def _write_tokenizer(folder: Path) -> int:
    from transformers import BertTokenizerFast

    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return len(vocab)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of random weights with all the parts that a conversion must carry over."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny-bert")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=_write_tokenizer(folder),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=48,
        initializer_range=0.3,
    )
    model = BertModel(config)
    for parameter in model.parameters():
        if parameter.ndim == 1:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_distilbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT of random weights."""
    import torch
    from transformers import DistilBertConfig, DistilBertModel

    folder = tmp_path_factory.mktemp("tiny-distilbert")
    torch.manual_seed(2)
    config = DistilBertConfig(
        vocab_size=_write_tokenizer(folder),
        dim=32,
        hidden_dim=64,
        n_layers=2,
        n_heads=4,
        max_position_embeddings=48,
    )
    DistilBertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_mpnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MPNet of random weights, which can only be a teacher."""
    import torch
    from transformers import MPNetConfig, MPNetModel

    folder = tmp_path_factory.mktemp("tiny-mpnet")
    torch.manual_seed(4)
    config = MPNetConfig(
        vocab_size=_write_tokenizer(folder),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=50,
    )
    MPNetModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_goemotions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts that name their emotion, in the layout of GoEmotions."""
    folder = tmp_path_factory.mktemp("tiny-goemotions")
    pick = random.Random(3)
    for file, n_rows in (("train.tsv", 224), ("dev.tsv", 84), ("test.tsv", 56)):
        rows = []
        for row in range(n_rows):
            label = row % len(LABELS)
            filler = " ".join(pick.choices(WORDS[len(LABELS) :], k=pick.randint(2, 9)))
            rows.append(f"i feel {LABELS[label]} {filler} {file} {row}\t{label}\t{file}{row}")
        (folder / file).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
