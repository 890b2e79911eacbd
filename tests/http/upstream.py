"""An HTTP server that tests call through connectors: it answers as its path says, and keeps what came."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class Upstream:
    """A server in a thread of its own."""

    def __init__(self) -> None:
        self.seen: list[Json] = []
        self.failures: dict[str, int] = {}
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def calls(self, path: str) -> list[Json]:
        return [each for each in self.seen if each["path"] == path]

    async def _serve(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append({
            "method": request.method, "path": request.path, "raw_path": request.raw_path,
            "query": [list(pair) for pair in request.query.items()],
            "headers": {name.lower(): value for name, value in request.headers.items()}, "body": body.decode(),
            "peer": request.transport.get_extra_info("peername")[1],  # type: ignore[union-attr]
        })  # fmt: skip
        word, _, rest = request.path.strip("/").partition("/")
        answer = getattr(self, f"_{word}", self._echo)
        return await answer(request, rest)  # type: ignore[no-any-return]

    async def _echo(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.json_response(self.seen[-1])

    async def _status(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.json_response({"refused": True}, status=int(rest.partition("/")[0]))

    async def _fails(self, request: web.Request, rest: str) -> web.StreamResponse:
        """`/fails/TIMES/STATUS/NAME`: this often, then well."""
        times, status, name = rest.split("/")
        count = self.failures[name] = self.failures.get(name, 0) + 1
        if count <= int(times):
            headers = {"retry-after": "1"} if status == "429" else {}
            return web.json_response({"count": count}, status=int(status), headers=headers)
        return web.json_response({"count": count})

    async def _text(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.Response(body="héllo".encode("latin-1"), content_type="text/plain", charset="iso-8859-1")

    async def _bytes(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.Response(body=b"\x00\xff", content_type="application/octet-stream")

    async def _empty(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.Response(status=204)

    async def _broken(self, request: web.Request, rest: str) -> web.StreamResponse:
        return web.Response(body=b"{", content_type="application/json")

    async def _bomb(self, request: web.Request, rest: str) -> web.StreamResponse:
        body = gzip.compress(b"0" * int(rest))
        return web.Response(body=body, headers={"content-encoding": "gzip", "content-type": "text/plain"})

    async def _drip(self, request: web.Request, rest: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/plain"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b".")
            await asyncio.sleep(0.1)
        return response

    async def _slow(self, request: web.Request, rest: str) -> web.StreamResponse:
        await asyncio.sleep(float(rest))
        return web.json_response({"slow": True})

    async def _endless(self, request: web.Request, rest: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/plain"})
        await response.prepare(request)
        while True:
            await response.write(b"." * 65536)

    async def _hangup(self, request: web.Request, rest: str) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _redirect(self, request: web.Request, rest: str) -> web.StreamResponse:
        """`/redirect/STATUS?to=URL`."""
        return web.Response(status=int(rest.partition("/")[0]), headers={"location": request.query["to"]})


@contextmanager
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    server.start()
    try:
        yield server
    finally:
        server.stop()
