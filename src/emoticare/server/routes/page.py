"""`GET /` and `/docs`: the pages for people, without any resource from elsewhere."""

import hashlib
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import Headers

_FOLDER: Final = Path(__file__).parents[1] / "page"
_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGES: Final = {"/": "index.html", "/docs": "docs.html"}
_NOT_MODIFIED: Final = 304


def page_paths() -> dict[str, Path]:
    """Return the file of each path that a browser loads."""
    assets = {
        f"/page/{file.name}": file for file in sorted(_FOLDER.iterdir()) if file.suffix != ".html"
    }
    return {**{path: _FOLDER / name for path, name in _PAGES.items()}, **assets}


def page_router() -> APIRouter:
    """Make the routes; the files are read once."""
    router = APIRouter(tags=["pages"])
    for path, file in page_paths().items():
        _add_file(router, path, file)
    return router


def add_page(router: APIRouter, path: str, name: str) -> None:
    """Add a page that not every server has."""
    _add_file(router, path, _FOLDER / name)


def _add_file(router: APIRouter, path: str, source: Path) -> None:
    content, media_type = source.read_bytes(), _MEDIA_TYPES[source.suffix]
    # Its name stays the same from version to version, so that a browser has to ask each time; what
    # it has it need not load again. The tag is weak, since compressed bytes share it.
    headers = {
        "Cache-Control": "no-cache",
        "ETag": f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Last-Modified": formatdate(int(source.stat().st_mtime), usegmt=True),
    }

    async def file(request: Request) -> Response:
        if _has_it(request.headers, headers):
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    router.add_api_route(
        path,
        file,
        name=f"get_{source.stem}_page",
        include_in_schema=source.suffix == ".html",
        summary="A page for people",
        response_class=Response,
        responses={
            200: {"content": {"text/html": {"schema": {"type": "string"}}}},
            _NOT_MODIFIED: {"description": "The client has it already."},
        },
    )


def _has_it(asked: Headers, headers: dict[str, str]) -> bool:
    """Return whether a client says that it has the present file; see RFC 9110, section 13.2.2."""
    tags = asked.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return bool(known & {"*", headers["ETag"].removeprefix("W/")})
    since = asked.get("if-modified-since")
    try:
        return since is not None and parsedate_to_datetime(since) >= parsedate_to_datetime(
            headers["Last-Modified"]
        )
    except (TypeError, ValueError):  # no date, or none of a known zone
        return False
