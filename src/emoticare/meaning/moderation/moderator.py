"""Texts -> what a policy says about them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from emoticare.meaning.moderation.policy import Policy
from emoticare.meaning.moderation.verdicts import Moderation, PolicyEvaluator
from emoticare.meaning.scored_texts import ScoredText, ScoringPlan
from emoticare.meaning.scorer import TextScorer
from emoticare.stages.text import clean_text, clean_texts

if TYPE_CHECKING:
    from emoticare.meaning.moderation.categories import Action

_TEXTS_AT_ONCE: Final = 1024


class ModerationSession:
    """The actions that hold for one sequence of texts, such as all of one speaker.

    An action once reached holds until the score has fallen below what led to it by the category's
    hysteresis, so that scores which hover about a threshold do not flicker.

    Args:
        reader: Applies the policy.
    """

    def __init__(self, reader: PolicyEvaluator) -> None:
        self._reader = reader
        self._held: dict[str, Action] = {}

    def read(self, scored: ScoredText) -> Moderation:
        """Apply the policy to the next text; see `PolicyEvaluator.read`."""
        moderation = self._reader.read(scored, self._held)
        self._held = {finding.category: finding.action for finding in moderation.findings}
        return moderation


class Moderator:
    """Says what a policy asks for, text by text.

    Args:
        classifier: Scores the texts.
        policy: The policy; None for the default one, with the scores fitted for the model.

    Attributes:
        policy: The policy.
        reader: Applies it to scores.

    Raises:
        PolicyError: If the policy names an emotion that the model lacks.
    """

    def __init__(self, classifier: TextScorer, policy: Policy | None = None) -> None:
        self.reader: PolicyEvaluator = PolicyEvaluator.for_model(classifier.artifact.config, policy)
        self.policy: Policy = self.reader.policy
        self._classifier = classifier

    def __call__(self, text: str, session: ModerationSession | None = None) -> Moderation:
        """Moderate one text; see `stream`."""
        return next(self.stream([clean_text(text)], session))

    def moderate(
        self, texts: Iterable[str], session: ModerationSession | None = None
    ) -> list[Moderation]:
        """Moderate many texts, one answer each, in order; see `stream`."""
        return list(self.stream(texts, session))

    def stream(
        self, texts: Iterable[str], session: ModerationSession | None = None
    ) -> Iterator[Moderation]:
        """Moderate one text after the other, reading `texts` as it goes.

        Args:
            texts: Any iterable of strings.
            session: Takes the texts as one sequence, with hysteresis; by default each stands for
                itself.

        Raises:
            InputError: If `texts` is one string, or holds something that is not a string.
        """
        return self._stream(clean_texts(texts), session)

    def session(self) -> ModerationSession:
        """Begin a sequence of texts."""
        return ModerationSession(self.reader)

    def _stream(
        self, texts: Iterator[str], session: ModerationSession | None
    ) -> Iterator[Moderation]:
        read = self.reader.read if session is None else session.read
        tokenize = self._classifier.tokenize if self.reader.reads_sentences else None
        while chunk := list(islice(texts, _TEXTS_AT_ONCE)):
            plan = ScoringPlan(chunk, tokenize)
            yield from map(read, plan.scored(self._classifier.predict_outputs(plan.texts)))
