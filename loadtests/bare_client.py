"""The yardstick of `http_call`: what the same client does alone, fifty requests at once, on one core and uvloop.

`python loadtests/bare_client.py URL SECONDS` prints requests per second.
"""

import asyncio
import sys
import time

import aiohttp
import uvloop
from scenarios import BODY

AT_ONCE = 50


async def measure(url: str, seconds: float) -> float:
    """Requests per second."""
    until = time.perf_counter() + seconds
    count = 0

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def go() -> None:
            nonlocal count
            while time.perf_counter() < until:
                async with session.post(url, data=BODY, headers={"content-type": "application/json"}) as response:
                    await response.json()
                count += 1

        await asyncio.gather(*(go() for _ in range(AT_ONCE)))
    return count / seconds


if __name__ == "__main__":
    print(uvloop.run(measure(sys.argv[1], float(sys.argv[2]))))
