"""`/api/v1/admin/engine`: what runs, and running it anew. Changes no definition."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from orion_core import COMPILED, Fault
from orion_io.storage import Transaction
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.endpoint import Asked
from orion_server.admin.views import InstanceView, ProblemView, View, instance_view, problem_view
from orion_server.exchange import Answer, json_answer


class FaultView(View, frozen=True, kw_only=True):
    """Something active that cannot run, and why."""

    kind: str
    id: str
    version: int
    problems: list[ProblemView]


class EngineStatus(View, frozen=True, kw_only=True):
    """What runs."""

    version: str
    uptime_seconds: int
    workflows_count: int
    active_workflows: int
    channels: list[str]
    channels_left_out: Annotated[list[str], Meta(description="Active, and not run here: `[channels]` says so.")]
    generation: int
    instance: Annotated[str, Meta(description="The name of the server that answers, as in attempts of traces.")]
    instances: Annotated[
        list[InstanceView] | None,
        Meta(description="The servers of this database; null while it does not answer."),
    ]
    faults: list[FaultView]
    core: str


class Reloaded(View, frozen=True, kw_only=True):
    """What runs after a reload."""

    reloaded: bool
    workflows_count: int
    channels_count: int
    generation: int
    faults: list[FaultView]


async def status(asked: Asked) -> Answer:
    """What runs."""
    services = asked.services
    everybody = await services.presence.everybody()
    snapshot = services.reloader.engine.snapshot
    return json_answer(
        EngineStatus(
            version=services.version,
            uptime_seconds=int(services.clock.monotonic() - services.started),
            workflows_count=snapshot.workflows,
            active_workflows=snapshot.workflows,
            channels=sorted(snapshot.channels),
            channels_left_out=list(services.reloader.left_out),
            generation=snapshot.generation,
            instance=services.presence.identity,
            instances=None if everybody is None else [instance_view(each) for each in everybody],
            faults=faults_of(services.reloader.faults),
            core="compiled" if COMPILED else "interpreted",
        )
    )


async def reload(asked: Asked) -> Answer:
    """Read, compile and install everything again; what runs now goes on running when that brings a new fault."""
    installed = await asked.services.reloader.reload()
    await recorded(asked, "engine", {"generation": installed.generation})
    return json_answer(
        Reloaded(
            reloaded=True,
            workflows_count=installed.workflows,
            channels_count=installed.channels,
            generation=installed.generation,
            faults=faults_of(installed.faults),
        )
    )


async def recorded(asked: Asked, resource_id: str, details: object) -> None:
    """Record a reload, which changes nothing in the store."""

    async def mutate(_tx: Transaction) -> tuple[None, Sequence[Act]]:
        return None, (Act(resource_id, details),)

    await carry_out(asked, mutate, live=False)


def faults_of(faults: Sequence[Fault]) -> list[FaultView]:
    """Faults as they are shown."""
    return [
        FaultView(
            kind=fault.kind,
            id=fault.id,
            version=fault.version,
            problems=[problem_view(problem) for problem in fault.problems],
        )
        for fault in faults
    ]
