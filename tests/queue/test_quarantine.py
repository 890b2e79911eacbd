"""Who looks after suspects, and whom it condemns: the processes are played by the test, the ledger is real."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from orion_io.queue import quarantine
from orion_io.queue.ledger import Ledger
from orion_io.queue.quarantine import Quarantine
from orion_io.storage import Store, open_store
from tests.queue.plant import Plant, until
from tests.queue.rows import SECOND, terms

pytestmark = pytest.mark.anyio
OWNER = "me:alone"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:{database}")
    await store.open()
    yield store
    await store.close()


class Played:
    """A process that claims a suspect and ends as it is told."""

    def __init__(self, store: Store, code: int) -> None:
        self._store = store
        self._code = code
        self.stopped = False

    async def ended(self) -> int:
        given = terms(owner=OWNER, suspects=True)
        plant = Plant(self._store.raw(durable=False), given=given)
        plant.ledger.start()
        assert await plant.ledger.claim(1, frozenset())
        await plant.ledger.close(5.0)
        return self._code

    def stop(self) -> None:
        self.stopped = True


async def suspect(store: Store) -> str:
    """A request whose owner is lost."""
    plant = Plant(store.raw(durable=False), given=terms(owner="dead"))
    async with plant.working(workers=False):
        _, identity = await plant.submit({})
        await plant.ledger.claim(1, frozenset())
    raw = store.raw(durable=False)()
    raw.change("UPDATE traces SET lease_until = 1 WHERE id = ?", (identity,))
    raw.close()
    return identity


async def watch(ledger: Ledger, spawn: Callable[[str], Awaitable[Played]], done: Callable[[], Awaitable[bool]]) -> None:
    watching = asyncio.ensure_future(Quarantine(ledger, OWNER, spawn).run())
    await until(done)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


CODES = [
    ("what kills the process", -signal.SIGKILL, "failed"),
    ("what makes it fail", 3, "failed"),
    ("what was there when it was told to stop", -signal.SIGTERM, "running"),
    ("what was there when it ended well", 0, "running"),
]


@pytest.mark.parametrize(("what", "code", "status"), CODES, ids=[row[0] for row in CODES])
async def test_whom_it_condemns(
    store: Store, monkeypatch: pytest.MonkeyPatch, what: str, code: int, status: str
) -> None:
    monkeypatch.setattr(quarantine, "POLL", 0.01)
    identity = await suspect(store)
    plant = Plant(store.raw(durable=False), given=terms(lease=SECOND // 10))
    spawned: list[str] = []

    async def spawn(owner: str) -> Played:
        spawned.append(owner)
        return Played(store, code)

    async def is_looked_after() -> bool:
        await plant.ledger.renew()  # as workers do, which is when lost leases are found
        async with store.read() as tx:
            record = await tx.traces.get(identity)
        assert record is not None
        return bool(spawned) and record.lease_owner == OWNER if status == "running" else record.status == status

    async with plant.working(workers=False):
        await watch(plant.ledger, spawn, is_looked_after)
    assert spawned == [OWNER]
    async with store.read() as tx:
        letter = await tx.dead_letters.get(identity)
    assert (letter is not None and letter.status == "exhausted") is (status == "failed")


async def test_where_nobody_is_suspect_no_process_is_started(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "POLL", 0.01)
    plant = Plant(store.raw(durable=False))
    looks = 0

    async def spawn(owner: str) -> Played:
        raise AssertionError(owner)

    async def has_looked() -> bool:
        nonlocal looks
        looks += 1
        return looks > 20

    async with plant.working(workers=False):
        await plant.submit({})
        await watch(plant.ledger, spawn, has_looked)
