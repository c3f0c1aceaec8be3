"""`GET /docs`: the operations in a browser, from files of this host alone."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import FileResponse

from trunkline.service.control.provisioning.refusal import NotFound

STATIC: Final = Path(__file__).parent / "static"
VENDOR: Final = STATIC / "vendor"
"""What `tools/browser_files.py` copies here out of npm's packages."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SCRIPT, _STYLE = "swagger-ui-bundle.js", "swagger-ui.css"
_FILES = {_SCRIPT: VENDOR / _SCRIPT, _STYLE: VENDOR / _STYLE, "docs.js": STATIC / "docs.js"}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> FileResponse:
    """The page, or with 503 the one that says how to get it."""
    if all(path.is_file() for path in _FILES.values()):
        return FileResponse(STATIC / "docs.html", headers=_HEADERS)
    return FileResponse(STATIC / "docs_missing.html", 503, headers=_HEADERS)


@router.get("/docs/{name}")
async def file(name: str) -> FileResponse:
    """The three files that the page names, and no other."""
    path = _FILES.get(name)
    if path is None or not path.is_file():
        raise NotFound
    return FileResponse(path, headers=_HEADERS)
