from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertModel

from emoticare.errors import TrainingError
from emoticare.training.bert_to_distilbert import convert_config, convert_state_dict


def test_hidden_states_agree(tiny_bert: Path) -> None:
    bert = BertModel.from_pretrained(tiny_bert).eval()
    config = convert_config(bert.config)
    distilbert = DistilBertModel(config).eval()
    distilbert.load_state_dict(convert_state_dict(bert.state_dict(), config.n_layers))
    input_ids = torch.randint(5, bert.config.vocab_size, (3, 40))
    attention_mask = torch.ones_like(input_ids)
    attention_mask[1, 25:] = 0
    with torch.inference_mode():
        expected = bert(input_ids, attention_mask, output_hidden_states=True).hidden_states
        found = distilbert(input_ids, attention_mask, output_hidden_states=True).hidden_states
    assert len(expected) == len(found) == 3
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs)[attention_mask.bool()].abs().max() < 1e-5


def test_every_size_is_carried_over() -> None:
    bert = BertConfig(
        vocab_size=77, hidden_size=24, num_hidden_layers=3, num_attention_heads=2, pad_token_id=4
    )
    converted = convert_config(bert)
    sizes = (converted.vocab_size, converted.dim, converted.n_layers, converted.n_heads)
    assert sizes == (77, 24, 3, 2)
    assert converted.pad_token_id == 4


def test_a_bert_without_an_equal_is_refused() -> None:
    with pytest.raises(TrainingError, match="choose another base"):
        convert_config(BertConfig(hidden_act="relu"))
