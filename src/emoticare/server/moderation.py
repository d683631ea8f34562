"""What the routes share that go by the server's policy."""

import asyncio
from collections.abc import Sequence

from emoticare.errors import InputError
from emoticare.meaning.moderation import PolicyEvaluator
from emoticare.meaning.scored_texts import ScoringPlan
from emoticare.server.errors import ValidationError
from emoticare.server.service import Service


class ServerPolicy:
    """The server's policy, and what it needs of a text.

    Args:
        service: The parts of the server.

    Attributes:
        name: Of the policy.
        reader: Applies it.
        columns: The column of each category in the reader's scores.

    Raises:
        PolicyError: If the policy does not fit the model.
    """

    def __init__(self, service: Service) -> None:
        model = service.scorer.artifact.config
        self.reader: PolicyEvaluator = PolicyEvaluator.for_model(model, service.config.policy)
        self.name: str = self.reader.policy.name
        categories = self.reader.policy.categories
        self.columns: dict[str, int] = {
            category.name: column for column, category in enumerate(categories)
        }
        self._service = service

    async def plan(self, texts: Sequence[str], *, spans: bool = False) -> ScoringPlan:
        """Return what to score for some texts; sentences only where somebody reads them.

        Args:
            texts: Clean texts, within the limits.
            spans: Whether the answer tells of sentences, though the policy may not read them.

        Raises:
            ServingError: If there are too many sentences, or the model fails.
        """
        if not (spans or self.reader.reads_sentences):
            return ScoringPlan(texts, None)
        scorer, most = self._service.scorer, self._service.config.max_queue_texts
        try:
            return await asyncio.to_thread(ScoringPlan, texts, scorer.tokenize, most)
        except InputError as error:
            raise ValidationError(str(error)) from None
