"""What `/v1/moderations` and `/v1/models` take and give, as OpenAPI shows it."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from emoticare.server.schemas import LIMIT, Probability, StrictRequest, Text, Texts

IMAGE_PART: Final = "image_part"
"""The kind of the error that says that images are not read."""


def _without_images(value: object) -> object:
    if isinstance(value, list) and any(
        isinstance(part, dict) and part.get("type") == "image_url" for part in value
    ):
        raise PydanticCustomError(
            IMAGE_PART, "expected parts of type text, found an image, which this server cannot read"
        )
    return value


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
        BeforeValidator(_without_images),
        Field(description="A text, several, or one in parts of type text."),
    ]
    model: Annotated[
        str | None, Field(description="Ignored; there is one model, and the server's policy.")
    ] = None

    def texts(self) -> list[str]:
        """Return the texts."""
        if isinstance(self.input, str):
            return [self.input]
        return [item if isinstance(item, str) else item.text for item in self.input]

    @property
    def is_in_parts(self) -> bool:
        """Whether the texts are parts of one, which gets one result."""
        return isinstance(self.input, list) and isinstance(next(iter(self.input), None), TextPart)


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


class PolicyVerdict(BaseModel):
    """What the policy says about one text."""

    flagged: bool
    categories: Annotated[dict[str, bool], Field(description="Whether each category flags.")]
    category_scores: dict[str, Probability]
    action: Annotated[ActionName, Field(description="The strictest that a category asks for.")]
    severity: Annotated[
        SeverityName | None, Field(description="The highest of what asks for an action.")
    ]
    findings: list[ModerationFinding]


class ModerationResult(PolicyVerdict):
    """The same with OpenAI's categories, which are false with a score of 0 where none decides."""

    category_applied_input_types: Annotated[
        dict[str, list[Literal["text"]]],
        Field(description="Empty for what the policy does not decide."),
    ]


class ModerationsResponse(BaseModel):
    """What the policy says about each text, in order."""

    id: str
    model: Annotated[str, Field(description="SHA-256 of the model that answered.")]
    policy: Annotated[str, Field(description="Name of the policy.")]
    undecided: Annotated[
        list[str],
        Field(description="OpenAI's categories that the policy does not decide: always false, 0."),
    ]
    deciders: Annotated[
        dict[str, str],
        Field(description="By name of OpenAI's others: the policy's category that decides it."),
    ]
    results: list[ModerationResult]


class ServedModel(BaseModel):
    """The model, in the shape of OpenAI."""

    id: str
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="Always 0; digest says which model it is.")] = 0
    owned_by: str
    digest: Annotated[str, Field(description="Its SHA-256.")]


class ModelsResponse(BaseModel):
    """All models: the one of this server."""

    object: Literal["list"] = "list"
    data: list[ServedModel]


class OpenAIError(BaseModel):
    """What went wrong; never quotes what was sent."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="Where in the body.")]
    code: str


class OpenAIErrorBody(BaseModel):
    """An error in the shape of OpenAI."""

    error: OpenAIError
