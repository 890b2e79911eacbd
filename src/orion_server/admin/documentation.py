"""`/docs`, `/api/v1/openapi.json` and `/api/v1/schemas/`: the API and definitions described, for people and for tools.

Works offline; knows no store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files

import msgspec

from orion_server.admin.elsewhere import OPERATIONS
from orion_server.admin.json_schemas import KINDS, definition_schema
from orion_server.admin.json_schemas import ROOT as SCHEMAS
from orion_server.admin.openapi import openapi
from orion_server.admin.routes import ENDPOINTS
from orion_server.exchange import JSON, Answer, Call, Refusal
from orion_server.version import VERSION

OPENAPI = "/api/v1/openapi.json"
DOCS = "/docs"
PACKAGE = "swagger_ui_bundle"
WEEK = "public, max-age=604800"
ASK_AGAIN = "no-cache"

# Everything comes from this server; Swagger UI writes style attributes and draws its icons from data: addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Orion API</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="initializer.js"></script>
</body>
</html>
"""
INITIALIZER = b"""SwaggerUIBundle({
  url: "../api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""
TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
}
# The whole list: a name that is not here is not looked up anywhere, so no path can lead out of it.
PACKAGED = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png")


@dataclass(frozen=True)
class Asset:
    """Something to serve, with its fingerprint.

    Args:
        body: The content.
        content_type: Of the content.
        caching: Its `cache-control`.
        etag: Its entity tag (RFC 9110 section 8.8.3).
    """

    body: bytes
    content_type: str
    caching: str
    etag: str


class Documentation:
    """Serves the API documents; each is made or read once, when it is first asked for."""

    def __init__(self) -> None:
        self._assets: dict[str, Asset] = {}

    async def answer(self, call: Call) -> Answer:
        """Answer a call.

        Raises:
            Refusal: 404 or 405.
        """
        if call.method not in ("GET", "HEAD"):
            text = f"{call.method} is not answered here; allowed: GET, HEAD"
            allow = (("allow", "GET, HEAD"),)
            raise Refusal(405, "METHOD_NOT_ALLOWED", text, "method_not_allowed", headers=allow)
        if call.path == DOCS:
            return Answer(308, headers=(("location", DOCS + "/"),))
        return serve(self._find(call.path), call)

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document as JSON text."""
        return msgspec.json.encode(openapi((*ENDPOINTS, *OPERATIONS), VERSION))

    def _find(self, path: str) -> Asset:
        asset = self._assets.get(path)
        if asset is None:
            asset = self._make(path)
            self._assets[path] = asset
        return asset

    def _make(self, path: str) -> Asset:
        if path == OPENAPI:
            return made(self.document, JSON, ASK_AGAIN)
        kind = path.removeprefix(SCHEMAS).removesuffix(".json")
        if kind in KINDS and path == f"{SCHEMAS}{kind}.json":
            return made(msgspec.json.encode(definition_schema(kind)), "application/schema+json", ASK_AGAIN)
        name = path.removeprefix(DOCS + "/")
        if name in ("", "index.html"):
            return made(PAGE, TYPES["html"], ASK_AGAIN)
        if name == "initializer.js":
            return made(INITIALIZER, TYPES["js"], ASK_AGAIN)
        if name in PACKAGED:
            return made(packaged(name), TYPES[name.rpartition(".")[2]], WEEK)
        raise Refusal(404, "NOT_FOUND", f"Nothing answers GET {path[:200]}", "unknown_path")


def serve(asset: Asset, call: Call) -> Answer:
    """The asset, or 304 for a client that has it (RFC 9110 section 13.1.2)."""
    headers = (("etag", asset.etag), ("cache-control", asset.caching), ("content-security-policy", POLICY))
    known = call.headers.get("if-none-match", "")
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    if asset.etag in tags or "*" in tags:
        return Answer(304, headers=headers)
    return Answer(200, asset.body, headers, asset.content_type)


def made(body: bytes, content_type: str, caching: str) -> Asset:
    """An asset with its fingerprint."""
    return Asset(body, content_type, caching, f'"{sha256(body).hexdigest()[:32]}"')


def packaged(name: str) -> bytes:
    """A file of Swagger UI; its folder in the package carries its version."""
    for folder in (files(PACKAGE) / "vendor").iterdir():
        if folder.name.startswith("swagger-ui"):
            return (folder / name).read_bytes()
    raise FileNotFoundError(f"{PACKAGE} holds no Swagger UI")
