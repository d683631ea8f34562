"""`GET /dashboard` and `/v1/dashboard`: what the server has scored, as counts by hour."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from emoticare.server.dashboard import EmotionCounts
from emoticare.server.routes.declared import declared
from emoticare.server.routes.page import add_page
from emoticare.server.schemas import DashboardResponse

DASHBOARD_PAGE = "/dashboard"
_MOST_HOURS = 366 * 24


def dashboard_router(counts: EmotionCounts) -> APIRouter:
    """Make the routes, for a server that keeps counts."""
    router = APIRouter(tags=["dashboard"])

    @router.get(
        "/v1/dashboard",
        summary="How many texts carried each emotion, by hour; never a text",
        responses=declared(401, 403, 422, 429, 503),
    )
    async def get_dashboard_counts(
        hours: Annotated[
            int, Query(ge=1, le=_MOST_HOURS, description="How many hours back, this one included.")
        ] = 168,
    ) -> DashboardResponse:
        found = await run_in_threadpool(counts.by_hour, hours)
        return DashboardResponse.model_validate({"hours": found})

    add_page(router, DASHBOARD_PAGE, "dashboard.html")
    return router
