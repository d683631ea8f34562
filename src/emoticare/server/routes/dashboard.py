"""`GET /dashboard` and `/v1/dashboard`: what the server has scored, as counts by hour."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from emoticare.server.dashboard import EmotionCounts, Question
from emoticare.server.dashboard_schemas import DashboardResponse
from emoticare.server.routes.declared import declared
from emoticare.server.routes.page import add_page

DASHBOARD_PAGE = "/dashboard"
_MOST_HOURS = 366 * 24
_LONGEST_NAME = 100


def dashboard_router(counts: EmotionCounts) -> APIRouter:
    """Make the routes, for a server that keeps counts."""
    router = APIRouter(tags=["dashboard"])

    @router.get(
        "/v1/dashboard",
        summary="How many texts carried each emotion, hour by hour; never a text",
        responses=declared(401, 403, 422, 429, 503),
    )
    async def get_dashboard_counts(
        hours: Annotated[
            int, Query(ge=1, le=_MOST_HOURS, description="How many hours back, this one included.")
        ] = 168,
        step: Annotated[
            int, Query(ge=1, le=_MOST_HOURS, description="How many hours are one bin.")
        ] = 1,
        before: Annotated[
            int | None,
            Query(
                ge=0,
                le=_MOST_HOURS,
                description="How many hours before those to compare with; as many by default.",
            ),
        ] = None,
        route: Annotated[
            str | None,
            Query(max_length=_LONGEST_NAME, description="Only texts that this route took."),
        ] = None,
        key_name: Annotated[
            str | None,
            Query(
                max_length=_LONGEST_NAME,
                description="Only texts that came with the key of this name; empty for those that "
                "came with none.",
            ),
        ] = None,
    ) -> DashboardResponse:
        question = Question(hours, step, hours if before is None else before, route, key_name)
        return DashboardResponse.model_validate(await run_in_threadpool(counts.read, question))

    add_page(router, DASHBOARD_PAGE, "dashboard.html")
    return router
