"""What the routes of SillyTavern's Extras take and give, as OpenAPI shows it."""

from typing import Any, Final

from pydantic import BaseModel

from emoticare.server.schemas import Context, LabelScore, StrictRequest, Text


class ClassifyRequest(StrictRequest):
    """One text; unknown keys are ignored."""

    text: Text
    context: Context | None = None


CLASSIFY_EXAMPLES: Final[dict[str, Any]] = {
    "a line of a character": {"value": {"text": "I missed you so much!"}},
    "another": {"value": {"text": "How dare you come back here?"}},
}


class ClassifyResponse(BaseModel):
    """All labels, best first."""

    classification: list[LabelScore]


class LabelsResponse(BaseModel):
    """The labels of the model."""

    labels: list[str]


class ModulesResponse(BaseModel):
    """Which of Extras' modules this server has."""

    modules: list[str]
