"""What `/v1/conversations` takes and gives, as OpenAPI shows it."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from emoticare.meaning.conversation.preceding_turns import CONTEXT_TURNS
from emoticare.server.moderation_schemas import PolicyVerdict
from emoticare.server.schemas import (
    LIMIT,
    CleanStr,
    ContextTurns,
    Probability,
    Speaker,
    StrictRequest,
    Text,
    TopK,
    TurnTime,
)


class ConversationTurn(StrictRequest):
    """A turn of a conversation."""

    text: Text
    speaker: Speaker = ""
    time: TurnTime = None


class _ConversationOptions(StrictRequest):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    top_k: TopK | None = None
    context_turns: ContextTurns = CONTEXT_TURNS
    moderate: Annotated[bool, Field(description="Apply the server's policy, with hysteresis.")] = (
        False
    )


class TurnsRequest(_ConversationOptions):
    """A conversation, turn by turn."""

    turns: Annotated[list[ConversationTurn], Field(json_schema_extra={LIMIT: "max_texts"})]


class ChatRequest(_ConversationOptions):
    """A conversation as an app exports it, or as somebody pastes it."""

    chat: Annotated[CleanStr, Field(examples=["Ann: Hi!\nBob: Hello."])]
    format: Annotated[
        Literal["whatsapp", "slack", "discord", "vtt", "srt", "jsonl", "plain"] | None,
        Field(description="The chat tells by default."),
    ] = None


def _kind_of_conversation(value: object) -> str:
    return "chat" if isinstance(value, dict) and "chat" in value else "turns"


ConversationRequest = Annotated[
    Annotated[TurnsRequest, Tag("turns")] | Annotated[ChatRequest, Tag("chat")],
    Discriminator(_kind_of_conversation),
]
CONVERSATIONS_EXAMPLES: Final[dict[str, Any]] = {
    "a pasted chat": {"value": {"chat": "Ann: It failed again!\nBob: Sorry.", "top_k": 3}},
    "turns": {
        "value": {
            "turns": [
                {"speaker": "Ann", "text": "It failed again!", "time": "2026-01-31T20:15:00Z"},
                {"speaker": "Bob", "text": "Sorry.", "time": "2026-01-31T20:16:00Z"},
            ],
            "moderate": True,
        }
    },
}


class SpeakerStateBody(BaseModel):
    """A speaker's running state."""

    labels: list[str]
    scores: Annotated[
        dict[str, Probability],
        Field(description="The mean of the speaker's turns, older ones counting less."),
    ]
    n_turns: int


class ShiftBody(BaseModel):
    """An emotion that rises or falls."""

    label: str
    direction: Literal["rising", "falling"]
    n_turns: int
    before: Probability
    after: Probability
    words: str


class TurnBody(BaseModel):
    """What is known after a turn."""

    text: str
    turn: int
    speaker: str
    time: str | float | None
    labels: list[str]
    scores: dict[str, Probability]
    state: SpeakerStateBody
    shifts: list[ShiftBody]
    moderation: PolicyVerdict | None = None


class SpeakerBody(BaseModel):
    """All turns of a speaker."""

    speaker: str
    n_turns: int
    means: dict[str, Probability]
    state: SpeakerStateBody


class ProblemBody(BaseModel):
    """Something that could not be read."""

    place: str
    reason: str


class ConversationResponse(BaseModel):
    """Each turn and each speaker."""

    turns: list[TurnBody]
    speakers: Annotated[list[SpeakerBody], Field(description="Who spoke most comes first.")]
    format: Annotated[str | None, Field(description="What the chat was read as.")]
    n_skipped: Annotated[int, Field(description="Notes, pictures and calls, which nobody said.")]
    n_problems: int
    problems: Annotated[list[ProblemBody], Field(description="The first hundred of them.")]
    model: Annotated[str, Field(description="SHA-256 of the model that answered.")]
