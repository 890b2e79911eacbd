"""Each commit in turn fails, in every way a commit can fail: nothing that was accepted is lost, nothing else remains."""

import functools
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orion_io.storage import Store, open_store
from orion_io.storage.raw import RawConnect, RawConnection, RawUnavailable
from tests.queue.plant import Plant, until
from tests.queue.rows import SECOND, terms

REQUESTS = 6
pytestmark = pytest.mark.anyio


class Faults:
    """Lets the commits of a given number fail, counted over all connections.

    Args:
        connect: Opens real connections.
        first: The first commit that fails.
        count: How many in a row do.
        done: Whether what fails is done all the same: the news of it is lost.
    """

    def __init__(self, connect: RawConnect, first: int, count: int, *, done: bool) -> None:
        self.connect = connect
        self.numbers = range(first, first + count)
        self.done = done
        self.commits = 0

    def open(self) -> RawConnection:
        return Faulty(self.connect(), self)


class Faulty:
    """A real connection whose commits may fail."""

    def __init__(self, raw: RawConnection, faults: Faults) -> None:
        self._raw = raw
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def commit(self) -> None:
        self._faults.commits += 1
        fails = self._faults.commits in self._faults.numbers
        if not fails or self._faults.done:
            self._raw.commit()
        if fails:
            self._raw.close()
            raise RawUnavailable("disk I/O error")


async def are_completed(store: Store, identities: list[str]) -> bool:
    async with store.read() as tx:
        records = [await tx.traces.get(each) for each in identities]
    return all(record is not None and record.status == "completed" for record in records)


def databases(migrated: Path, folder: Path) -> Iterator[Path]:
    for number in itertools.count():
        yield Path(shutil.copy(migrated, folder / f"{number}.db"))


@pytest.mark.parametrize("done", [False, True], ids=["lost", "done, but nobody was told"])
@pytest.mark.parametrize("count", [1, 2, 5], ids=["once", "twice in a row", "five times in a row"])
async def test_whichever_commit_fails(migrated: Path, tmp_path: Path, count: int, done: bool) -> None:
    refused_ever = 0
    for first, path in zip(itertools.count(1), databases(migrated, tmp_path), strict=False):
        store = open_store(f"sqlite:{path}")
        await store.open()
        faults = Faults(store.raw(durable=False), first, count, done=done)
        plant = Plant(faults.open, given=terms(lease=30 * SECOND))
        accepted: list[str] = []
        refused: list[str] = []
        ended = functools.partial(are_completed, store, accepted)
        async with plant.working():
            for number in range(REQUESTS):
                status, identity = await plant.submit({"n": number})
                assert status in (202, 503)
                (accepted if status == 202 else refused).append(identity)
            await until(ended)
            while True:  # what was refused is taken back with the next commit
                status, identity = await plant.submit({})
                if status == 202:
                    break
                refused.append(identity)
            accepted.append(identity)
            await until(ended)
        async with store.read() as tx:
            for each in refused:
                assert await tx.traces.get(each) is None
            for each in accepted:
                record = await tx.traces.get(each)
                assert record is not None
                assert (record.attempts, record.crashes, record.lease_owner) == (1, 0, None)
        await store.close()
        refused_ever += len(refused)
        if faults.commits < first:
            break
    assert first > 10
    assert (refused_ever > 0) is (count > 1)
