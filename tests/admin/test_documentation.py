"""`/docs` and the OpenAPI document over the exchange: what is served, what is cached, what is out of reach."""

import re

import pytest

from orion_server.admin import Documentation
from orion_server.exchange import Answer, Call, Refusal

pytestmark = pytest.mark.anyio


async def ask(path: str, method: str = "GET", **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await Documentation().answer(Call(method, path, "", given, b"", "req", "anonymous", ""))


SERVED = [  # path, content type
    ("/docs/", "text/html; charset=utf-8"),
    ("/docs/index.html", "text/html; charset=utf-8"),
    ("/docs/initializer.js", "text/javascript; charset=utf-8"),
    ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
    ("/docs/favicon-32x32.png", "image/png"),
    ("/api/v1/openapi.json", "application/json"),
]


@pytest.mark.parametrize(("path", "content_type"), SERVED)
async def test_serves(path: str, content_type: str) -> None:
    answer = await ask(path)
    headers = dict(answer.headers)
    assert (answer.status, answer.content_type) == (200, content_type)
    assert answer.body
    assert "cache-control" in headers
    assert "script-src 'self'" in headers["content-security-policy"]


async def test_what_a_client_has_is_not_sent_again() -> None:
    etag = dict((await ask("/docs/swagger-ui.css")).headers)["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await ask("/docs/swagger-ui.css", if_none_match=known)
        assert (answer.status, answer.body) == (304, b"")
    assert (await ask("/docs/swagger-ui.css", if_none_match='"other"')).status == 200


async def test_docs_leads_to_its_folder() -> None:
    answer = await ask("/docs")
    assert answer.status in (307, 308)
    assert dict(answer.headers)["location"] == "/docs/"


async def test_the_page_loads_only_what_is_served_here_and_holds_no_script() -> None:
    page = (await ask("/docs/")).body.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    for name in loaded:
        assert (await ask(f"/docs/{name}")).status == 200
    assert not re.search(r"<script[^>]*>[^<]", page)
    assert "style=" not in page


OUT_OF_REACH = [
    "/docs/../secret", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs//etc/passwd", "/docs/..", "/docs/index.j2",
    "/docs/swagger-ui-bundle.js.map", "/docs/vendor/swagger-ui.css", "/docs/\x00",
]  # fmt: skip


@pytest.mark.parametrize("path", OUT_OF_REACH)
async def test_no_path_leads_out_of_the_list(path: str) -> None:
    with pytest.raises(Refusal) as refused:
        await ask(path)
    assert refused.value.status == 404


async def test_documents_are_only_read() -> None:
    with pytest.raises(Refusal) as refused:
        await ask("/docs/", method="POST")
    assert refused.value.status == 405
    assert refused.value.headers == (("allow", "GET, HEAD"),)
