import pickle

import pytest

from emoticare.errors import EmoticareError, MissingExtraError, did_you_mean


def test_a_missing_extra_is_an_import_error_and_survives_pickling():
    with pytest.raises(ImportError, match="'emoticare\\[train\\]'") as caught:
        raise MissingExtraError("Training", "train")
    assert isinstance(caught.value, EmoticareError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is MissingExtraError
    assert str(again) == str(caught.value)
    assert (again.feature, again.extra) == ("Training", "train")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("gratitud", " Did you mean gratitude?"),
        ("Joy", " Did you mean joy?"),
        ("GRATTITUDE", " Did you mean gratitude?"),
        ("canary", ""),
        ("", ""),
        (None, ""),
        (3, ""),
        ("gratitude" * 1000, ""),
    ],
)
def test_a_close_name_is_suggested(found, expected):
    assert did_you_mean(found, ("joy", "gratitude")) == expected


def test_nothing_known_nothing_suggested():
    assert did_you_mean("joy", ()) == ""
