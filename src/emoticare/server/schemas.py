"""What the routes take and give, as OpenAPI shows it.

Limits that are set for each server are marked by `LIMIT`; `openapi.py` fills them in, and the
service checks them.
"""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, RootModel, Tag

from emoticare.meaning.conversation.preceding_turns import CONTEXT_TURNS, MOST_CONTEXT_TURNS
from emoticare.stages.text import clean_text

LIMIT: Final = "x-limit"
"""Key of a schema whose value names the limit that belongs there."""

_PROUD: Final = "I'm so proud of everything we've built together!"
_THANKS: Final = "Thanks a lot!"


def _clean(value: object) -> object:
    # Half an emoji costs a character, not the request.
    return clean_text(value) if isinstance(value, str) else value


def _integer(value: object) -> object:
    # To JSON 3.0 is an integer too.
    return int(value) if isinstance(value, float) and value.is_integer() else value


CleanStr = Annotated[str, BeforeValidator(_clean)]
"""Any string, made valid Unicode."""
Text = Annotated[
    str,
    BeforeValidator(_clean),
    Field(json_schema_extra={LIMIT: "max_chars"}, examples=[_PROUD]),
]
Texts = Annotated[list[Text], Field(json_schema_extra={LIMIT: "max_texts"})]
SingleText = Annotated[list[Text], Field(min_length=1, max_length=1)]
Context = Annotated[
    str,
    BeforeValidator(_clean),
    Field(
        json_schema_extra={LIMIT: "max_chars"},
        description="What was said before the text, a line a turn; of a long one the end is read. "
        "Labels and scores are those of the text, as a reply to it.",
        examples=["I got the job!"],
    ),
]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
TopK = Annotated[
    int,
    Field(ge=1, le=1000, description="Keep the best scores only."),
    BeforeValidator(_integer),
]


Abstain = Annotated[
    bool,
    Field(
        description="Give no labels to a text that looks like another language or no prose at all, "
        "or has no word. Not used with spans."
    ),
]


class StrictRequest(BaseModel):
    """What a client sends; strict, since a number in quotes is more likely a mistake."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, hide_input_in_errors=True)


class LabelThresholds(RootModel[dict[str, Probability]]):
    """Thresholds by label; labels left out keep the model's own."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True, hide_input_in_errors=True, json_schema_extra={LIMIT: "labels"}
    )


class Options(StrictRequest):
    """What every request of the native shape may ask for."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    thresholds: Annotated[
        Probability | LabelThresholds | None,
        Field(description="One for all labels, or some by label; the model's own by default."),
    ] = None
    top_k: TopK | None = None
    groups: Annotated[
        bool, Field(description="Give the probabilities of groups of emotions, too.")
    ] = False

    def threshold(self) -> float | dict[str, float] | None:
        """Return the thresholds as the library takes them."""
        if isinstance(self.thresholds, LabelThresholds):
            return self.thresholds.root
        return self.thresholds


class _Spans(Options):
    spans: Annotated[
        bool,
        Field(
            description="Read texts of any length sentence by sentence: labels and scores are then "
            "those of the whole text, and sentences has those of each sentence. Not with a context."
        ),
    ] = False
    abstain: Abstain = False
    priority: Annotated[
        Literal["normal", "low"],
        Field(description="low lets others go first; many texts at once do so anyway."),
    ] = "normal"

    def asks_low(self) -> bool:
        """Return whether others may go first."""
        return self.priority == "low"


class OneText(_Spans):
    """One text."""

    text: Text
    context: Context | None = None


class ManyTexts(_Spans):
    """Many texts."""

    texts: Texts
    contexts: Annotated[
        list[Context | None] | None,
        Field(
            json_schema_extra={LIMIT: "max_texts"},
            description="As many as texts; null where nothing was said before.",
        ),
    ] = None


def _kind_of_request(value: object) -> str:
    return "many texts" if isinstance(value, dict) and "texts" in value else "one text"


EmotionsRequest = Annotated[
    Annotated[OneText, Tag("one text")] | Annotated[ManyTexts, Tag("many texts")],
    Discriminator(_kind_of_request),
]
EMOTIONS_EXAMPLES: Final[dict[str, Any]] = {
    "one text": {"value": {"text": _PROUD}},
    "several texts": {"value": {"texts": [_PROUD, _THANKS], "thresholds": {"joy": 0.2}}},
    "the three best scores": {"value": {"text": _PROUD, "top_k": 3}},
    "Ekman's six, and positive or negative": {"value": {"text": _PROUD, "groups": True}},
    "sentence by sentence": {"value": {"text": f"{_PROUD} {_THANKS}", "spans": True, "top_k": 3}},
}


class _Described(BaseModel):
    labels: Annotated[
        list[str], Field(description="Labels that reach their threshold, best first.")
    ]
    scores: Annotated[
        dict[str, Probability],
        Field(description="Calibrated probabilities; they are not exclusive and do not sum to 1."),
    ]
    groups: Annotated[
        dict[str, dict[str, Probability]],
        Field(
            default_factory=dict,
            description="If asked for: by grouping (ekman, sentiment) and group, the probability "
            "that the text carries at least one of the group's emotions.",
        ),
    ]


class SentenceEmotions(_Described):
    """The emotions of one sentence."""

    start: Annotated[
        int, Field(description="Where it begins in the text, in characters (code points).")
    ]
    end: Annotated[int, Field(description="Where it ends.")]


class Emotions(_Described):
    """The emotions of one text."""

    n_tokens: Annotated[int, Field(description="Tokens that the model read.")]
    truncated: Annotated[bool, Field(description="Whether the text went on beyond them.")]
    warnings: Annotated[
        list[str],
        Field(
            default_factory=list,
            description="Why the scores may mean little: not_english, out_of_domain, too_short, "
            "truncated; mostly empty. Not given with spans.",
        ),
    ]
    sentences: Annotated[
        list[SentenceEmotions],
        Field(default_factory=list, description="If spans are asked for: the sentences, in order."),
    ]


class EmotionsResponse(BaseModel):
    """The emotions of each text, in order."""

    results: list[Emotions]
    model: Annotated[str, Field(description="SHA-256 of the model that answered.")]


class ExplanationRequest(StrictRequest):
    """One text to explain."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    text: Text
    context: Context | None = None
    labels: Annotated[
        list[Annotated[str, Field(json_schema_extra={LIMIT: "label"})]] | None,
        Field(max_length=100, description="The labels to give effects on; all by default."),
    ] = None


EXPLANATION_EXAMPLES: Final[dict[str, Any]] = {
    "all labels": {"value": {"text": _PROUD}},
    "one label": {"value": {"text": _PROUD, "labels": ["pride"]}},
}


class ExplainedPart(BaseModel):
    """A word, a phrase or a sentence."""

    start: Annotated[int, Field(description="Its first character, counted in code points.")]
    end: Annotated[int, Field(description="The character after its last.")]
    effects: Annotated[
        dict[str, float],
        Field(description="By how much it raises the log odds of each label, in nats."),
    ]


class ExplanationResponse(BaseModel):
    """The emotions of a text, and how much each part of it moves them."""

    labels: list[str]
    scores: dict[str, Probability]
    n_tokens: int
    truncated: bool
    warnings: list[str]
    words: list[ExplainedPart]
    sentences: list[ExplainedPart]
    is_by_phrase: Annotated[
        bool, Field(description="Whether words are phrases, since the text is long.")
    ]
    context: Annotated[
        list[ExplainedPart] | None,
        Field(description="Words of what was said before; left out where nothing was."),
    ] = None
    model: Annotated[str, Field(description="SHA-256 of the model that answered.")]


Speaker = Annotated[CleanStr, Field(max_length=200, description="Who speaks.", examples=["Ann"])]
TurnTime = Annotated[
    Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
    | None,
    Field(description="When: seconds, or ISO 8601."),
]


ContextTurns = Annotated[
    int,
    Field(
        ge=0,
        le=MOST_CONTEXT_TURNS,
        description="With how many turns before it the emotions of each turn are read, whoever "
        "spoke; 0 for none. A model that reads texts alone reads turns alone.",
    ),
    BeforeValidator(_integer),
]


class StreamRequest(Options):
    """One text of a stream; with `speaker` or `time` it is a turn of a conversation.

    A turn is read with those before it on the stream, and has no `context` of its own.
    """

    text: Text
    context: Context | None = None
    context_turns: ContextTurns = CONTEXT_TURNS
    id: Annotated[str | int | None, Field(description="Comes back in the answer.")] = None
    speaker: Speaker | None = None
    time: TurnTime = None
    abstain: Abstain = False


class HuggingFaceParameters(StrictRequest):
    """Parameters of text classification."""

    top_k: TopK | None = None
    function_to_apply: Annotated[
        Literal["sigmoid", "softmax", "none"] | None,
        Field(description="sigmoid by default, as is right for labels that are not exclusive."),
    ] = None


class HuggingFaceRequest(StrictRequest):
    """A request in the shape of Hugging Face's inference API; unknown keys are ignored."""

    inputs: Text | Texts
    parameters: HuggingFaceParameters | None = None


HUGGING_FACE_EXAMPLES: Final[dict[str, Any]] = {
    "one text": {"value": {"inputs": _PROUD}},
    "several texts": {"value": {"inputs": [_PROUD, _THANKS], "parameters": {"top_k": 3}}},
}


class LabelScore(BaseModel):
    """The score of a label."""

    label: str
    score: float


class TeiRequest(StrictRequest):
    """A request in the shape of text-embeddings-inference; unknown keys are ignored."""

    inputs: Annotated[
        Text | Texts | Annotated[list[SingleText], Field(json_schema_extra={LIMIT: "max_texts"})],
        Field(description='A text, or a batch: ["a", "b"] and [["a"], ["b"]] are the same.'),
    ]
    raw_scores: Annotated[bool, Field(description="Give logits, not probabilities.")] = False
    truncate: Annotated[
        bool | None, Field(description="false refuses a text that the model reads in part only.")
    ] = None
    truncation_direction: Annotated[
        Literal["right", "Right"], Field(description="The model reads the beginning of a text.")
    ] = "right"

    def texts(self) -> list[str]:
        """Return the texts."""
        if isinstance(self.inputs, str):
            return [self.inputs]
        return [text if isinstance(text, str) else text[0] for text in self.inputs]


TEI_EXAMPLES: Final[dict[str, Any]] = {
    "one text": {"value": {"inputs": _PROUD}},
    "a batch": {"value": {"inputs": [_PROUD, _THANKS]}},
    "a batch as TEI writes it": {"value": {"inputs": [[_PROUD], [_THANKS]]}},
}


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Classifier(BaseModel):
    """What the model's outputs mean."""

    id2label: dict[str, str]
    label2id: dict[str, int]


class ModelType(BaseModel):
    """What kind of model it is."""

    classifier: Classifier


class Info(BaseModel):
    """The model and the limits; names are those of text-embeddings-inference where it has them."""

    model_id: str
    model_sha: str
    model_type: ModelType
    labels: list[str]
    sentiments: dict[str, list[str]]
    groupings: Annotated[
        dict[str, dict[str, list[str]]],
        Field(description="The emotions of each group; empty if the model lacks some of them."),
    ]
    thresholds: dict[str, float]
    document_thresholds: Annotated[
        dict[str, float], Field(description="Those of texts of several sentences, with spans.")
    ]
    version: str
    max_input_length: Annotated[int, Field(description="Tokens that are read of a text.")]
    max_input_chars: int
    max_batch_tokens: int
    max_client_batch_size: Annotated[int, Field(description="Most texts of a request.")]
    max_concurrent_requests: int
    max_body_bytes: int
    dashboard: Annotated[bool, Field(description="Whether counts are kept for /dashboard.")]


class ErrorBody(BaseModel):
    """What went wrong; never quotes what was sent."""

    error: str
    error_type: str
