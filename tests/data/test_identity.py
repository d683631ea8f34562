from emoticare.data.identity import GROUPS, neutral_statements


def test_each_statement_is_made_for_every_group_once() -> None:
    statements = neutral_statements()
    for wordings in statements:
        assert len(wordings) == len(GROUPS)
        for group, wording in zip(GROUPS, wordings, strict=True):
            assert group in wording
    texts = [text for wordings in statements for text in wordings]
    assert len(set(texts)) == len(texts)
