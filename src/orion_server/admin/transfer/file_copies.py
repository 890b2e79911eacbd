"""`/backups`: copies of a SQLite database as files on the server, secrets and traces included. Restores none."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from orion_io.storage import Transaction
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.endpoint import Asked
from orion_server.admin.views import Instant, View, instant
from orion_server.exchange import Answer, json_answer


class MadeCopy(View, frozen=True, kw_only=True):
    """A copy that was just made."""

    filename: str
    path: str
    size_bytes: int
    created_at: Instant


class PresentCopy(View, frozen=True, kw_only=True):
    """A copy that lies in the folder."""

    filename: str
    size_bytes: int
    modified_at: Instant


async def make(asked: Asked) -> Answer:
    """Copy the database into `storage.backup_dir`."""
    services = asked.services
    stamp = datetime.fromtimestamp(services.clock.wall(), UTC).strftime("%Y%m%d_%H%M%S")
    copy = await asyncio.to_thread(services.copies.make, stamp)

    async def mutate(_tx: Transaction) -> tuple[None, Sequence[Act]]:
        return None, (Act(copy.path.name, {"size_bytes": copy.size}),)

    await carry_out(asked, mutate, live=False)
    made = MadeCopy(
        filename=copy.path.name,
        path=str(copy.path),
        size_bytes=copy.size,
        created_at=instant(copy.modified_at),
    )
    return json_answer({"data": made})


async def entries(asked: Asked) -> Answer:
    """Every copy, the newest first."""
    copies = await asyncio.to_thread(asked.services.copies.present)
    views = [
        PresentCopy(filename=copy.path.name, size_bytes=copy.size, modified_at=instant(copy.modified_at))
        for copy in copies
    ]
    return json_answer({"data": views})
