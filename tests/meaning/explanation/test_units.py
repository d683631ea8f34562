from hypothesis import given
from hypothesis import strategies as st

from emoticare.meaning.explanation.units import compact, merge_units, split_units


def cut(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in split_units(text, 99)]


def test_words_are_what_a_reader_takes_for_words():
    assert cut("I'm so proud, don't stop!!! 😂❤️") == [
        "I'm", "so", "proud", ",", "don't", "stop", "!!!", "😂❤️",
    ]  # fmt: skip
    assert cut("[NAME]'s well-known cafe\u0301…") == [
        "[NAME]",
        "'",
        "s",
        "well-known",
        "cafe\u0301",
        "…",
    ]
    assert cut("很好") == ["很", "好"]
    assert cut(" \r\n\t") == []


@given(st.text(), st.integers(1, 5))
def test_units_lie_in_order_and_leave_out_white_space_only(text, most):
    units = split_units(text, len(text))
    end = 0
    for unit in units:
        assert end <= unit.start < unit.end
        assert not text[end : unit.start].strip()
        end = unit.end
    assert not text[end:].strip()
    merged = merge_units(units, most)
    assert len(merged) == min(most, len(units))
    assert (merged[0].start, merged[-1].end) == (units[0].start, units[-1].end) if units else True


@given(st.text())
def test_the_compact_text_holds_the_units(text):
    units = split_units(text, len(text))
    short, places = compact(text, units)
    for unit, place in zip(units, places, strict=True):
        assert text[unit.start : unit.end].startswith(short[place.start : place.end])


def test_long_runs_cost_little():
    for text in ("x" * 10**6, " " * 10**6, "a'" * 10**6, "a\u0301" * 10**6, "[A" * 10**6):
        assert len(split_units(text, 500)) <= 500
