import unicodedata

from emoticare.data.emoji import read_emoji
from emoticare.labels import LABELS


def test_every_row_is_one_emoji_or_emoticon_with_known_emotions() -> None:
    table = read_emoji()
    assert len({emoji.text for emoji in table}) == len(table)
    for emoji in table:
        assert emoji.name == emoji.name.lower().strip() != ""
        assert set(emoji.emotions) <= set(LABELS)
        if emoji.text.isascii():
            assert len(emoji.text) > 1
        else:
            assert len(emoji.text) == 1
            assert unicodedata.category(emoji.text) in {"So", "Sk", "Po", "Sm"}


def test_the_table_fits_into_the_free_rows_of_berts_vocabulary() -> None:
    assert len(read_emoji()) < 990
