"""What `/v1/moderations` takes and gives, as OpenAPI shows it."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from emoticare.server.schemas import LIMIT, Probability, StrictRequest, Text, Texts


class TextPart(StrictRequest):
    """A text as OpenAI writes it among images, which this server does not read."""

    type: Literal["text"]
    text: Text


class ModerationRequest(StrictRequest):
    """A request in the shape of OpenAI's moderations; unknown keys are ignored."""

    input: Annotated[
        Text
        | Texts
        | Annotated[list[TextPart], Field(min_length=1, json_schema_extra={LIMIT: "max_texts"})],
        Field(description="A text, several, or a list of parts of type text."),
    ]
    model: Annotated[
        str | None, Field(description="Ignored; there is one model, and the server's policy.")
    ] = None

    def texts(self) -> list[str]:
        """Return the texts."""
        if isinstance(self.input, str):
            return [self.input]
        return [item if isinstance(item, str) else item.text for item in self.input]


MODERATIONS_EXAMPLES: Final[dict[str, Any]] = {
    "one text": {"value": {"input": "I hate this, you make me sick!"}},
    "several texts": {"value": {"input": ["I'm so proud of you!", "I can't stand you."]}},
}

ActionName = Literal["allow", "review", "flag"]
SeverityName = Literal["low", "medium", "high"]


class ModerationFinding(BaseModel):
    """Why a category asks for an action."""

    category: str
    action: ActionName
    severity: SeverityName
    score: Probability
    threshold: Annotated[Probability, Field(description="The score that leads to the action.")]
    held: Annotated[bool, Field(description="Whether only hysteresis keeps the action.")]
    reason: Annotated[str, Field(description="Why, in words.")]
    evidence: Annotated[
        dict[str, Probability], Field(description="The emotions that speak for it, best first.")
    ]
    start: Annotated[
        int | None,
        Field(description="Where the sentence begins, in characters; null for the whole text."),
    ]
    end: Annotated[int | None, Field(description="Where it ends.")]


class ModerationResult(BaseModel):
    """What the policy says about one text."""

    flagged: bool
    categories: Annotated[dict[str, bool], Field(description="Whether each category flags.")]
    category_scores: dict[str, Probability]
    action: Annotated[ActionName, Field(description="The strictest that a category asks for.")]
    severity: Annotated[
        SeverityName | None, Field(description="The highest of what asks for an action.")
    ]
    findings: list[ModerationFinding]


class ModerationsResponse(BaseModel):
    """What the policy says about each text, in order."""

    id: str
    model: Annotated[str, Field(description="SHA-256 of the model that answered.")]
    policy: Annotated[str, Field(description="Name of the policy.")]
    results: list[ModerationResult]
