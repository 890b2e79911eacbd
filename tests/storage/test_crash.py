"""A process that is killed while it writes leaves a whole database behind."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orion_io.storage import Page, Sort, WorkflowFilter, open_store

WRITE = """
import asyncio, itertools, sys
from orion_io.storage import AuditRecord, WorkflowRecord, open_store

async def main():
    store = open_store(sys.argv[1])
    await store.open()
    await store.migrate()
    for number in itertools.count():
        name = f"{sys.argv[2]}-{number}"
        async with store.write() as tx:
            await tx.workflows.create(
                WorkflowRecord(workflow_id=name, name=name, tasks=[name] * 200, created_at=1, updated_at=1)
            )
            await tx.workflows.activate(name, now=2)
            await tx.audit.append(AuditRecord(id=name, principal="p", action="create", resource_type="workflow",
                                              resource_id=name, created_at=1))
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.anyio
async def test_what_was_acknowledged_is_there_and_the_rest_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "orion.db"
    acknowledged = [_kill_after(path, run, count) for run, count in enumerate((5, 17))]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    audited = {name for (name,) in connection.execute("SELECT id FROM audit_logs")}
    connection.close()

    store = open_store(f"sqlite:{path}")
    await store.open()
    async with store.read() as tx:
        workflows = (await tx.workflows.list(WorkflowFilter(), Sort(), Page(100_000, 0))).rows
        generation = await tx.generation.current()
    await store.close()

    assert {row.workflow_id for row in workflows} == audited
    assert generation == len(workflows)
    assert all((row.status, row.tasks) == ("active", [row.workflow_id] * 200) for row in workflows)
    for run, last in enumerate(acknowledged):
        assert {f"{run}-{number}" for number in range(last + 1)} <= audited


def _kill_after(path: Path, run: int, count: int) -> int:
    """Let a process write definitions, and kill it in the middle. Returns the last number it acknowledged."""
    command = [sys.executable, "-c", WRITE, f"sqlite:{path}", str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(count):
            process.stdout.readline()
        process.kill()
        lines = process.stdout.read().split()
    return int(lines[-1]) if lines else count - 1
