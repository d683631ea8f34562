import pytest

from emoticare.evaluation.robustness.package_data import read_rows


@pytest.mark.parametrize("name", ["emoji_lines.tsv", "negation_pairs.tsv", "identity_groups.tsv"])
def test_every_row_has_every_field_and_none_is_repeated(name: str) -> None:
    rows = read_rows(name)
    assert all(None not in row and all(row.values()) for row in rows)
    assert all(value == value.strip() for row in rows for value in row.values())
    assert len({tuple(row.values()) for row in rows}) == len(rows)
