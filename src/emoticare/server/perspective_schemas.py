"""What `/v1alpha1/comments:analyze` takes and gives, as OpenAPI shows it."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from emoticare.meaning.moderation.standards import PERSPECTIVE_ATTRIBUTES
from emoticare.server.schemas import CleanStr, Probability, StrictRequest, Text


class CamelRequest(StrictRequest):
    """What a client sends whose keys are in camel case; unknown keys are ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)


class Comment(CamelRequest):
    """The text."""

    text: Text
    type: Annotated[
        Literal["PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED"] | None, Field(description="No HTML.")
    ] = None


class AttributeParameters(CamelRequest):
    """What is asked about an attribute."""

    score_type: Literal["PROBABILITY", "SCORE_TYPE_UNSPECIFIED"] | None = None
    score_threshold: Annotated[
        Probability | None, Field(description="Lower scores are left out.")
    ] = None


class CommentRequest(CamelRequest):
    """A request in the shape of Perspective."""

    comment: Comment
    requested_attributes: Annotated[
        dict[str, AttributeParameters],
        Field(
            default_factory=dict,
            description="What to score. Refused is what no category of the policy stands for.",
            json_schema_extra={"propertyNames": {"enum": list(PERSPECTIVE_ATTRIBUTES)}},
        ),
    ]
    languages: Annotated[
        list[str] | None, Field(description="English; by default the text is looked at.")
    ] = None
    span_annotations: Annotated[bool | None, Field(description="Score each sentence, too.")] = None
    drop_unsupported_attributes: Annotated[
        bool | None,
        Field(description="Leave out what no category of the policy stands for."),
    ] = None
    do_not_store: Annotated[bool | None, Field(description="Nothing is ever stored.")] = None
    client_token: Annotated[CleanStr | None, Field(description="Comes back in the answer.")] = None


COMMENT_EXAMPLES: Final[dict[str, Any]] = {
    "one attribute": {
        "value": {
            "comment": {"text": "I hate this, you make me sick!"},
            "languages": ["en"],
            "requestedAttributes": {"TOXICITY": {}},
        }
    },
    "by sentence": {
        "value": {
            "comment": {"text": "Thanks for the help. But I can't stand you!"},
            "languages": ["en"],
            "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.2}},
            "spanAnnotations": True,
        }
    },
}


class Score(BaseModel):
    """A score."""

    value: Probability
    type: Literal["PROBABILITY"]


class SpanScore(BaseModel):
    """The score of a part of the text."""

    begin: Annotated[int, Field(description="Where it begins, in code units of UTF-16.")]
    end: Annotated[int, Field(description="Where it ends.")]
    score: Score


class AttributeScores(BaseModel):
    """The scores of an attribute."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)

    summary_score: Score
    span_scores: list[SpanScore]


class CommentResponse(BaseModel):
    """What the policy says about the text, in the shape of Perspective."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)

    attribute_scores: dict[str, AttributeScores]
    languages: list[str]
    detected_languages: Annotated[
        list[str], Field(description="en, or und for what does not look English.")
    ]
    client_token: Annotated[str | None, Field(description="If one was sent.")] = None
    policy: Annotated[str, Field(description="Name of the policy.")]
    decided_by: Annotated[
        dict[str, str], Field(description="The policy's category that stands for each attribute.")
    ]


class PerspectiveError(BaseModel):
    """What went wrong; never quotes what was sent."""

    code: int
    message: str
    status: str
    details: Annotated[
        list[dict[str, Any]],
        Field(default_factory=list, description="With a status of 400, the errorType."),
    ]


class PerspectiveErrorBody(BaseModel):
    """An error in the shape of Perspective."""

    error: PerspectiveError
