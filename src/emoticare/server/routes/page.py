"""`GET /` and `/docs`: the pages for people, without any resource from elsewhere."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response

_FOLDER: Final = Path(__file__).parents[1] / "page"
_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGES: Final = {"/": "index.html", "/docs": "docs.html"}


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

    async def file() -> Response:
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})

    router.add_api_route(path, file, methods=["HEAD"], include_in_schema=False)
    router.add_api_route(
        path,
        file,
        include_in_schema=source.suffix == ".html",
        summary="A page for people",
        response_class=Response,
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    )
