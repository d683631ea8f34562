"""What `/beta/litellm_basic_guardrail_api` takes and gives, as OpenAPI shows it."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from emoticare.server.schemas import StrictRequest, Texts


class GuardrailParameters(StrictRequest):
    """What LiteLLM's configuration says for this server; unknown keys are ignored."""

    on_flag: Annotated[
        Literal["block", "mask"],
        Field(description="Block the request, or put [removed] in place of what is flagged."),
    ] = "block"
    by_sentence: Annotated[
        bool,
        Field(
            description="Judge each sentence by itself, whatever the policy says, and have a "
            "streamed answer wait for the end of the sentence that goes on."
        ),
    ] = False


class GuardrailRequest(StrictRequest):
    """A request in the shape of LiteLLM's Generic Guardrail API; unknown keys are ignored."""

    texts: Annotated[Texts | None, Field(description="All texts of the call, in order.")] = None
    input_type: Annotated[
        Literal["request", "response"], Field(description="Both are read alike.")
    ] = "request"
    additional_provider_specific_params: GuardrailParameters | None = None

    @property
    def parameters(self) -> GuardrailParameters:
        """What LiteLLM's configuration says, or the defaults."""
        return self.additional_provider_specific_params or GuardrailParameters()


_EXCHANGE: Final[dict[str, Any]] = {
    "texts": ["I hate this, you make me sick!"],
    "input_type": "request",
    "request_data": {"user_api_key_alias": "forum"},
}
GUARDRAIL_EXAMPLES: Final[dict[str, Any]] = {
    "block": {"value": _EXCHANGE},
    "mask": {
        "value": {**_EXCHANGE, "additional_provider_specific_params": {"on_flag": "mask"}},
    },
}


class GuardrailResponse(BaseModel):
    """What LiteLLM should do."""

    action: Literal["BLOCKED", "NONE", "GUARDRAIL_INTERVENED"]
    blocked_reason: Annotated[str | None, Field(description="With BLOCKED: why, in words.")] = None
    texts: Annotated[
        list[str] | None,
        Field(description="With GUARDRAIL_INTERVENED: all texts, without what is flagged."),
    ] = None
    stream_holdback_chars: Annotated[
        list[int] | None,
        Field(
            description="With by_sentence, of a response that goes on: how many characters at the "
            "end of each text belong to a sentence that is not finished."
        ),
    ] = None
