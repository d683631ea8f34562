import json

import pytest
from tokenizers import Regex, normalizers

from emoticare.errors import ArtifactError
from emoticare.stages.growth import check_growth
from emoticare.stages.tokens import TextTokenizer

REPLACE = normalizers.Replace


@pytest.mark.parametrize(
    "steps",
    [
        [REPLACE("a", "aa")] * 7,
        [REPLACE("a", "b" * 9), REPLACE("b", "c" * 9)],
        [REPLACE(Regex(""), "a" * 70)],
        [REPLACE("a", "b" * 65)],
        [normalizers.Prepend("a" * 600), normalizers.Prepend("b" * 600)],
        [normalizers.Sequence([REPLACE("a", "bb" * 5)]), REPLACE(Regex("b"), "cc" * 5)],
        [REPLACE("a", "b")] * 1001,
    ],
    ids=["chain", "product", "regex", "one", "prepend", "nested", "many"],
)
def test_what_makes_a_text_longer_and_longer_is_refused(steps):
    with pytest.raises(ArtifactError, match="about its length"):
        check_growth(normalizers.Sequence(steps).__getstate__())


@pytest.mark.parametrize(
    "steps",
    [
        [normalizers.BertNormalizer()],
        [normalizers.NFKD(), normalizers.Lowercase(), normalizers.StripAccents()],
        [REPLACE("``", '"'), REPLACE("''", '"'), REPLACE(Regex(" {2,}"), " ")],
        [REPLACE(mark, f"({number} smiles)") for number, mark in enumerate("😀😃😄😁😆😅")],
        [normalizers.Prepend("▁"), REPLACE(" ", "▁")],
    ],
    ids=["BERT", "plain", "white space", "emoji", "pieces"],
)
def test_what_tokenizers_do_is_allowed(steps):
    check_growth(normalizers.Sequence(steps).__getstate__())


def test_a_tokenizer_is_checked_as_it_is_opened(tiny_artifact):
    content = json.loads(tiny_artifact.tokenizer_json)
    step = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 1000}
    content["normalizer"] = {"type": "Sequence", "normalizers": [step] * 8}
    with pytest.raises(ArtifactError, match="about its length"):
        TextTokenizer(json.dumps(content), 64)
