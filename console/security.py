"""The cookie's name and the headers every page of the console carries."""

from __future__ import annotations

from sanic import HTTPResponse, Request

COOKIE = "retour_console"
PATH = "/console"
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "x-robots-tag": "noindex",
}


async def secure_headers(request: Request, response: HTTPResponse) -> None:
    """Nothing of other origins, no frames, nothing kept in caches but the static files and pictures."""
    response.headers.update(_HEADERS)
    if request.path.startswith(f"{PATH}/static/"):
        # With a version in the address (see render.asset) the content can never change.
        lasting = "max-age=31536000, immutable" if "v" in request.args else "max-age=3600"
        response.headers["cache-control"] = f"public, {lasting}"
    elif request.path.startswith(f"{PATH}/photos/") and response.status == 200:
        response.headers["cache-control"] = "private, max-age=86400"
    else:
        response.headers["cache-control"] = "no-store"
