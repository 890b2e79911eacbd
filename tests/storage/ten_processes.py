"""Ten processes that open the same database and migrate it, at once."""

import subprocess
import sys

PROGRAM = """
import asyncio, os, sys
from orion_io.storage import open_store
from orion_io.storage import mysql, postgres, sqlite  # before the processes part, so that they start together

async def main():
    store = open_store(sys.argv[1])
    await store.open()
    applied = len(await store.migrate())
    async with store.read() as tx:
        assert await tx.generation.current() == 0
    await store.close()
    return applied

children = []
for _ in range(10):
    child = os.fork()
    if not child:
        os._exit(asyncio.run(main()))
    children.append(child)
print(*sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def migrate_ten_times(address: str) -> list[int]:
    """How many migrations each of them applied, in ascending order."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, address], check=True, capture_output=True, text=True, timeout=60
    )
    return [int(each) for each in done.stdout.split()]
