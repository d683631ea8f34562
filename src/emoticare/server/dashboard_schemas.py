"""What `/v1/dashboard` gives, as OpenAPI shows it."""

from typing import Annotated

from pydantic import BaseModel, Field

Counts = Annotated[
    dict[str, int],
    Field(description="How many of the texts carry each emotion, and each sentiment."),
]


class BinOfTexts(BaseModel):
    """What was scored in some hours that follow each other."""

    start: Annotated[int, Field(description="When they began, in seconds since 1970.")]
    texts: int
    counts: Counts


class TextsBefore(BaseModel):
    """What was scored before the period."""

    hours: Annotated[int, Field(description="How many hours, up to the period.")]
    texts: int
    counts: Counts


class DashboardResponse(BaseModel):
    """What was scored lately; never a text."""

    bins: Annotated[
        list[BinOfTexts], Field(description="Oldest first; those without texts are left out.")
    ]
    end: Annotated[int, Field(description="When the last bin ends, with the present hour.")]
    before: TextsBefore
    since: Annotated[
        int | None,
        Field(description="When the first hour that was counted began; null for none."),
    ]
    routes: Annotated[list[str], Field(description="The routes that took texts, to filter by.")]
    key_names: Annotated[
        list[str], Field(description="The names of keys that came with them, to filter by.")
    ]
