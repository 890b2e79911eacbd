"""Requests per second of HTTP clients against one upstream, side by side: why connectors use the one they do.

`python benchmarks/http_clients.py [SECONDS]`; needs httpx. Fifty requests at once, keep-alive, uvloop.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import httpx
import uvloop

AT_ONCE = 50
HELLO = Path(__file__).parent.parent / "loadtests"


async def rate(ask: Callable[[], Awaitable[object]], seconds: float) -> float:
    """Requests per second."""
    until = time.perf_counter() + seconds
    count = 0

    async def go() -> None:
        nonlocal count
        while time.perf_counter() < until:
            await ask()
            count += 1

    await asyncio.gather(*(go() for _ in range(AT_ONCE)))
    return count / seconds


async def compare(url: str, seconds: float) -> None:
    """Both clients in turn, three times."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with aiohttp.ClientSession() as session, httpx.AsyncClient(limits=limits) as client:

        async def by_aiohttp() -> None:
            async with session.post(url, data=b"{}") as response:
                await response.read()

        async def by_httpx() -> None:
            await client.post(url, content=b"{}")

        for _ in range(3):
            first, second = await rate(by_aiohttp, seconds), await rate(by_httpx, seconds)
            print(f"aiohttp {first:8.0f}/s   httpx {second:8.0f}/s   ratio {first / second:.2f}")


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--no-ws", "--no-log", "--port", str(port)]
    server = subprocess.Popen([*command, "--working-dir", str(HELLO), "hello:rsgi"])
    try:
        time.sleep(1.5)
        uvloop.run(compare(f"http://127.0.0.1:{port}/", float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
