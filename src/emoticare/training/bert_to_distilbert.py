"""Turns a BERT encoder into a DistilBERT with the same hidden states.

DistilBERT is BERT without the pooler and the token types. A single-segment text adds the same
token-type vector at every position, so adding it to each position embedding changes nothing; the
rest is a renaming.
"""

from typing import TYPE_CHECKING

from emoticare.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from transformers import BertConfig, DistilBertConfig

_LAYER_PARTS = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


def convert_config(bert: "BertConfig") -> "DistilBertConfig":
    """Return the DistilBERT configuration of the same sizes.

    Raises:
        TrainingError: If this BERT has a part that DistilBERT lacks.
    """
    from transformers import DistilBertConfig

    if bert.hidden_act != "gelu" or getattr(bert, "is_decoder", False):
        raise TrainingError(
            "Expected a BERT encoder with GELU and absolute positions, found "
            f"hidden_act={bert.hidden_act!r}, is_decoder={getattr(bert, 'is_decoder', False)}. "
            "Such a model has no equal as a DistilBERT; choose another base."
        )
    return DistilBertConfig(
        vocab_size=bert.vocab_size,
        max_position_embeddings=bert.max_position_embeddings,
        dim=bert.hidden_size,
        hidden_dim=bert.intermediate_size,
        n_layers=bert.num_hidden_layers,
        n_heads=bert.num_attention_heads,
        dropout=bert.hidden_dropout_prob,
        attention_dropout=bert.attention_probs_dropout_prob,
        pad_token_id=bert.pad_token_id,
    )


def convert_state_dict(
    bert: "Mapping[str, torch.Tensor]", n_layers: int
) -> "dict[str, torch.Tensor]":
    """Return the weights of the `DistilBertModel` (without prefix) from those of a `BertModel`.

    Args:
        bert: Weights of a `BertModel`; the pooler's are left out.
        n_layers: Transformer layers.
    """
    positions = bert["embeddings.position_embeddings.weight"]
    token_type = bert["embeddings.token_type_embeddings.weight"][0]
    converted = {
        "embeddings.word_embeddings.weight": bert["embeddings.word_embeddings.weight"],
        "embeddings.position_embeddings.weight": positions + token_type,
    }
    renamed = {"embeddings.LayerNorm": "embeddings.LayerNorm"}
    for layer in range(n_layers):
        for old, new in _LAYER_PARTS.items():
            renamed[f"encoder.layer.{layer}.{old}"] = f"transformer.layer.{layer}.{new}"
    for old, new in renamed.items():
        for kind in ("weight", "bias"):
            converted[f"{new}.{kind}"] = bert[f"{old}.{kind}"]
    return converted
