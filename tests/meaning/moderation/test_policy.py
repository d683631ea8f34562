import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoticare import PolicyError
from emoticare.labels import LABELS
from emoticare.meaning.moderation import Action, Policy, Severity
from emoticare.stages.groups import GROUPINGS

GOOD = """\
schema = 1
name = "house rules"

[categories.hostility]
emotions = ["anger", "annoyance"]
groups = ["ekman.disgust"]
severity = "high"
review = 0.25
flag = 0.5
hysteresis = 0.125
reason = "It reads as angry"
"""


def test_a_policy_says_what_it_holds():
    (category,) = Policy.parse(GOOD).categories
    assert category.emotions == ("anger", "annoyance", "disgust")
    assert (category.review, category.flag, category.hysteresis) == (0.25, 0.5, 0.125)
    assert category.severity is Severity.HIGH


def test_the_default_policy_fits_the_embedded_labels(embedded):
    policy = Policy.default(embedded.artifact.config)
    policy.check(embedded.artifact.config.outputs)
    assert [category.name for category in policy.categories] == [
        "self-harm", "threat", "harassment", "hostility", "distress", "discontent",
    ]  # fmt: skip
    assert set(policy.categories[-1].emotions) == set(GROUPINGS["sentiment"]["negative"])
    assert policy.categories[-2].flag is None


def test_a_category_may_rest_on_risks():
    document = GOOD.replace('emotions = ["anger", "annoyance"]', 'risks = ["threat"]')
    policy = Policy.parse(document)
    (category,) = policy.categories
    assert (category.risks, category.evidence) == (("threat",), ("disgust", "threat"))
    policy.check((*LABELS, "threat"))
    with pytest.raises(PolicyError, match=r"line 6: expected risks of the model \(it has none\)"):
        policy.check(LABELS)


def test_an_emotion_that_is_close_to_a_known_one_is_answered_with_it():
    policy = Policy.parse(GOOD.replace('"anger"', '"angr"'))
    with pytest.raises(PolicyError, match=r"found 'angr'\. Did you mean anger\?"):
        policy.check(LABELS)


def test_a_model_that_tells_of_no_risks_lacks_their_categories(tiny):
    assert not tiny.artifact.config.risks
    names = [category.name for category in Policy.default(tiny.artifact.config).categories]
    assert names == ["hostility", "distress", "discontent"]


def test_a_model_without_fitted_scores_has_plain_ones(tiny):
    hostility, distress, _ = Policy.default(tiny.artifact.config).categories
    assert (hostility.review, hostility.flag) == (0.5, 0.8)
    assert (distress.review, distress.flag) == (0.5, None)


def test_the_docs_tell_the_scores_of_the_default_policy(embedded):
    docs = (Path(__file__).parents[3] / "docs" / "moderation.md").read_text(encoding="utf-8")
    for category in Policy.default(embedded.artifact.config).categories:
        for action in (Action.REVIEW, Action.FLAG):
            threshold = category.threshold(action)
            row = f"| {category.name} | {action} | {threshold} |"
            assert threshold is None or row in docs, "run make moderation, and put its table there"


@pytest.mark.parametrize(
    ("score", "held", "action"),
    [
        (0.24, "allow", "allow"),
        (0.25, "allow", "review"),
        (0.5, "allow", "flag"),
        (0.375, "flag", "flag"),
        (0.374, "flag", "review"),
        (0.375, "review", "review"),
        (0.125, "review", "review"),
        (0.124, "flag", "allow"),
    ],
)
def test_hysteresis_holds_what_was_reached(score, held, action):
    (category,) = Policy.parse(GOOD).categories
    assert category.action(score, Action(held)) == action


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('"house rules"', '"house', 2, "expected TOML"),
        ("schema = 1", "schema = 2", 1, "schema = 1"),
        ("schema = 1", "schema = true", 1, "schema = 1"),
        ("schema = 1\n", "", 1, "schema = 1"),
        ('name = "house rules"', "", 1, "expected name, in words"),
        ('name = "house rules"', "name = 3", 2, "expected name as a text"),
        ("[categories.hostility]", "[category.hostility]", 4, "did you mean categories?"),
        ("[categories.hostility]", '[categories."a b"]', 4, "expected a name of letters"),
        ("flag = 0.5", "flagg = 0.5", 9, "did you mean flag?"),
        ("flag = 0.5", 'flag = "0.5"', 9, "expected flag as a number"),
        ("flag = 0.5", "flag = true", 9, "expected flag as a number"),
        ("flag = 0.5", "flag = nan", 9, "expected flag as a number"),
        ("flag = 0.5", "flag = 1.5", 9, "expected flag as a number"),
        ("flag = 0.5", "flag = 0.2", 8, "expected review below flag"),
        ("review = 0.25\nflag = 0.5", "", 4, "expected review or flag"),
        ("review = 0.25", "review = 0", 4, "above 0"),
        ("hysteresis = 0.125", "hysteresis = 0.25", 10, "expected hysteresis below 0.25"),
        ('"high"', '"huge"', 7, "low, medium, high"),
        ('"high"', "[]", 7, "low, medium, high"),
        ('"ekman.disgust"', '"ekman.digust"', 6, "did you mean ekman.disgust?"),
        ('["anger", "annoyance"]', '"anger"', 5, "a list of names"),
        (
            'emotions = ["anger", "annoyance"]\ngroups = ["ekman.disgust"]\n',
            "",
            4,
            "emotions, groups or",
        ),
        ('reason = "It reads as angry"', "", 4, "expected reason, in words"),
    ],
)
def test_a_bad_policy_is_refused_with_line_and_reason(old, new, line, reason):
    assert old in GOOD
    with pytest.raises(PolicyError) as refused:
        Policy.parse(GOOD.replace(old, new), "p.toml")
    message = str(refused.value)
    assert re.match(r"p\.toml(, line (\d+)|: expected TOML.*line (\d+))", message)
    assert f"line {line}" in message
    assert reason in message
    assert "\n" not in message


def test_an_emotion_that_the_model_lacks_is_refused_with_its_line():
    policy = Policy.parse(GOOD.replace("annoyance", "wrath"), "p.toml")
    with pytest.raises(PolicyError, match=r"p\.toml, line 5: .*'wrath'"):
        policy.check(LABELS)


def test_files_that_are_no_policy(tmp_path):
    path = tmp_path / "p.toml"
    with pytest.raises(PolicyError, match="Check the path"):
        Policy.read(path)
    path.write_bytes(b"schema = 1\n\xff")
    with pytest.raises(PolicyError, match="line 2: expected UTF-8"):
        Policy.read(path)
    path.write_bytes(b"#" * 70_000)
    with pytest.raises(PolicyError, match="65536 bytes"):
        Policy.read(path)
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert Policy.read(path).name == "house rules"


@given(st.text(max_size=200) | st.lists(st.sampled_from(GOOD.split("\n"))).map("\n".join))
def test_whatever_it_holds_it_is_a_policy_or_refused(document):
    try:
        policy = Policy.parse(document)
    except PolicyError:
        return
    assert policy.categories


def test_a_nested_bomb_is_refused():
    with pytest.raises(PolicyError):
        Policy.parse("a = " + "[" * 50_000)


def test_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(PolicyError, match="too many digits"):
        Policy.parse("schema = " + "1" * 5000)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_without_end_is_refused():
    with pytest.raises(PolicyError, match="65536 bytes"):
        Policy.read("/dev/zero")
