import json

import numpy as np
import pytest

import emoticare
from emoticare.meaning.moderation import Moderator, Policy, PolicyEvaluator
from emoticare.meaning.scored_texts import ScoredText
from emoticare.stages.groups import group_probabilities

HATE = "I hate this, you make me sick!"


@pytest.fixture(scope="module")
def moderator(embedded):
    return Moderator(embedded)


def test_hate_is_flagged_with_a_reason_and_thanks_are_allowed(moderator):
    hate, thanks = moderator.moderate([HATE, "Thanks a lot!"])
    assert hate.flagged
    assert hate.severity == "high"
    finding = hate.findings[0]
    assert (finding.category, finding.action, finding.held) == ("hostility", "flag", False)
    assert finding.reason.startswith("It reads as angry or disgusted (anger ")
    assert next(iter(finding.evidence)) == "anger"
    assert (thanks.action, thanks.severity, thanks.findings) == ("allow", None, [])
    assert set(thanks.category_scores) == {
        "self-harm", "threat", "harassment", "hostility", "distress", "discontent",
    }  # fmt: skip


def test_distress_is_for_a_person_to_look_at(moderator):
    moderation = moderator("I'm so nervous about the exam, I can't sleep.")
    assert not moderation.flagged
    assert moderation.action == "review"
    assert moderation.findings[0].category == "distress"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I want to kill myself", "self-harm"),
        ("I don't see the point in living.", "self-harm"),
        ("I will find you and make you pay.", "threat"),
        ("You are a worthless idiot, nobody wants you here.", "harassment"),
    ],
)
def test_risks_are_flagged_whatever_the_emotion(moderator, text, category):
    moderation = moderator(text)
    assert (moderation.action, moderation.severity) == ("flag", "high")
    assert moderation.findings[0].category == category
    assert moderation.findings[0].evidence.keys() == {category}


@pytest.mark.parametrize(
    "text",
    [
        "This commute is killing me.",
        "My boss will kill me if I am late again.",
        "I'd kill for a pizza",
    ],
)
def test_what_only_sounds_like_a_risk_is_not_flagged_as_one(moderator, text):
    flagged = [f.category for f in moderator(text).findings if f.action == "flag"]
    assert not {"self-harm", "threat", "harassment"} & set(flagged)


def test_a_category_of_a_group_scores_as_the_group(embedded, moderator):
    texts = [HATE, "Thanks a lot!", "so sad"]
    grouped = group_probabilities(
        embedded.predict_proba(texts),
        embedded.labels,
        "sentiment",
        embedded.artifact.config.fitted.exclusivity,
    )
    scores = [m.category_scores["discontent"] for m in moderator.moderate(texts)]
    assert scores == pytest.approx(grouped[:, 1], abs=1e-6)


def test_a_session_holds_an_action_and_texts_alone_do_not(tiny):
    policy = Policy.parse(
        'schema = 1\nname = "x"\n[categories.joy]\nemotions = ["joy"]\nflag = 0.6\n'
        'hysteresis = 0.2\nreason = "Joyful"\n'
    )
    reader = PolicyEvaluator(policy, tiny.labels)
    session = Moderator(tiny, policy).session()
    joy = tiny.labels.index("joy")

    def row(score):
        probabilities = np.zeros(len(tiny.labels), np.float32)
        probabilities[joy] = score
        return probabilities

    held = [
        session.read(ScoredText.whole(row(s))).findings for s in (0.5, 0.7, 0.5, 0.41, 0.39, 0.5)
    ]
    assert [[f.held for f in findings] for findings in held] == [
        [], [False], [True], [True], [], [],
    ]  # fmt: skip
    assert held[2][0].reason == "Joyful (joy 50%; still flag, until below 40%)"
    assert reader.read(ScoredText.whole(row(0.5))).findings == []


def test_a_stream_reads_as_it_goes(moderator):
    def texts():
        yield from [HATE] * 1024
        raise RuntimeError

    stream = moderator.stream(texts())
    assert next(stream).flagged


def test_what_is_no_text_is_refused(moderator):
    with pytest.raises(emoticare.InputError):
        moderator(3)
    with pytest.raises(emoticare.InputError):
        moderator.moderate("one string")


LONG = "The weather was fine. We had lunch at noon. I hate you, you make me sick! Then we left."
SENTENCES = """
schema = 1
name = "sentences"

[categories.hostility]
emotions = ["anger", "annoyance", "disgust"]
scope = "sentence"
flag = 0.67
reason = "One of its sentences reads as angry"
"""


def test_one_hostile_sentence_in_a_calm_text_is_found_with_its_place(embedded):
    moderation = Moderator(embedded, Policy.parse(SENTENCES))(LONG)
    assert moderation.flagged
    (finding,) = moderation.findings
    assert LONG[finding.start : finding.end] == "I hate you, you make me sick!"
    sentence = embedded.read(LONG).sentences[2]
    anger = finding.evidence["anger"]
    assert anger == pytest.approx(sentence.scores["anger"], abs=1e-6)


def test_places_count_characters_of_the_text_given(embedded):
    text = "😀 So. \n\n  " + LONG
    (finding,) = Moderator(embedded, Policy.parse(SENTENCES))(text).findings
    assert text[finding.start : finding.end] == "I hate you, you make me sick!"


def test_a_text_of_one_sentence_counts_whole(embedded):
    moderator = Moderator(embedded, Policy.parse(SENTENCES))
    hate, nothing = moderator.moderate([HATE, ""])
    assert hate.findings[0].start is None
    assert hate.category_scores == pytest.approx(
        {"hostility": Moderator(embedded)(HATE).category_scores["hostility"]}
    )
    assert nothing.action == "allow"


def test_a_moderation_shows_itself(moderator):
    hate, thanks = moderator.moderate([HATE, "Thanks a lot!"])
    assert repr(thanks) == "Moderation(allow)"
    assert repr(hate).startswith("Moderation(flag hostility 0.")
    assert ", review " in repr(hate) or len(hate.findings) == 1
    assert repr(hate.findings[0]).startswith("Finding(flag hostility 0.")
    record = hate.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert record["findings"][0] == hate.findings[0].to_dict()
    assert "flag: It reads as angry or disgusted (anger " in hate._repr_html_()
    assert "allow" in thanks._repr_html_()
    assert len({hate, thanks, *moderator.moderate([HATE])}) == 2
