"""`POST /restore`: what a backup holds becomes what is stored, in one transaction, once all of it was found sound.

With `?dry_run=true` nothing is kept, and the answer says what would have been.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from orion_core import DefinitionProblems, Problem, Problems, at, mask
from orion_core.documents import canonical
from orion_core.reading import read
from orion_io.storage import ChannelRecord, ConnectorRecord, Transaction, WorkflowRecord
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.channels import CHANNELS
from orion_server.admin.connector_documents import check_masks, put_back
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import read_instant
from orion_server.admin.transfer.backup import GivenBackup
from orion_server.admin.transfer.checking import Places, check_active, check_connectors, check_versions
from orion_server.admin.transfer.plans import Plan, plan
from orion_server.admin.versioned import refuse
from orion_server.admin.views import ProblemView, View, problem_view
from orion_server.admin.workflows import WORKFLOWS
from orion_server.exchange import Answer, Refusal, json_answer
from orion_server.sealing import Sealed, Unopened, unseal

R = TypeVar("R", WorkflowRecord, ChannelRecord, ConnectorRecord)

MAX_LISTED = 100  # ids in an audit entry
UNSEALED = "the secrets of this backup are sealed: give their passphrase, or leave 'sealed' out to restore without them"
CHANGED = "this connector is not as it was when the backup was sealed"
DISABLED = "the secret is not known here; the connector is restored disabled"
HOW_TO_CHANGE = "leave 'sealed' out, restore, and change the connector with a PUT"
UNKNOWN_SECRET = "restore a backup that was made with a passphrase, or ask for ?missing_secrets=disable"  # noqa: S105 - says what to do


class Changes(View, frozen=True, kw_only=True):
    """Ids of one kind, by what became of them."""

    created: list[str]
    replaced: list[str]
    unchanged: list[str]
    removed: list[str]


class RestoreReport(View, frozen=True, kw_only=True):
    """What a restore changed, or would have."""

    restored: Annotated[bool, Meta(description="Whether it was kept; false after a dry run.")]
    dry_run: bool
    mode: str
    workflows: Changes
    channels: Changes
    connectors: Changes
    warnings: list[ProblemView]


@dataclass(frozen=True)
class Wanted:
    """What a backup holds, as records.

    Args:
        workflows: Every version.
        channels: Every version.
        connectors: With the configs that the backup shows.
        opened: The configs that were sealed, by id; None when none were.
    """

    workflows: Sequence[WorkflowRecord]
    channels: Sequence[ChannelRecord]
    connectors: Sequence[ConnectorRecord]
    opened: Mapping[str, dict[str, object]] | None


async def restore(asked: Asked) -> Answer:
    """Check a backup, put it in place and in force, and say what changed."""
    wanted = await _read(asked.document)

    async def mutate(tx: Transaction) -> tuple[RestoreReport, Sequence[Act]]:
        report = await _put_in_place(asked, tx, wanted)
        return report, (Act("", _told(report)),)

    if asked.query["dry_run"]:
        report, _ = await asked.services.reloader.preview(mutate)
    else:
        report = await carry_out(asked, mutate, live=True)
    return json_answer(report)


# --- reading ------------------------------------------------------------------------------------------------------


async def _read(document: object) -> Wanted:
    """The records of a backup.

    Raises:
        DefinitionProblems: Its shape is not that of a backup.
        Refusal: Its passphrase is wrong.
    """
    problems = Problems()
    backup = read(document, GivenBackup, problems)
    if backup is None:
        raise DefinitionProblems(problems.errors)
    if backup.sealed is not None and backup.passphrase is None:
        problems.error("/passphrase", UNSEALED)
    if backup.sealed is None and backup.passphrase is not None:
        problems.error("/passphrase", "nothing in this backup is sealed; leave the passphrase out")
    workflows = _records(backup.workflows, WorkflowRecord, "/workflows", problems)
    channels = _records(backup.channels, ChannelRecord, "/channels", problems)
    connectors = _records(backup.connectors, ConnectorRecord, "/connectors", problems)
    refuse(problems)
    opened = None
    if backup.sealed is not None:
        opened = await asyncio.to_thread(_open, backup.sealed, backup.passphrase or "")
    return Wanted(workflows, channels, connectors, opened)


def _records(views: Sequence[View], kind: type[R], pointer: str, problems: Problems) -> list[R]:
    """What stands in the document as the records it was made of."""
    records = []
    for index, view in enumerate(views):
        members = msgspec.structs.asdict(view)
        for name in ("created_at", "updated_at"):
            try:
                members[name] = read_instant(members[name])
            except ValueError:
                text = f"'{members[name][:64]}' is not an instant"
                expected = "RFC 3339, such as 2026-04-16T12:34:56Z"
                problems.error(at(pointer, index, name), text, expected=expected)
        records.append(kind(**members))
    return records


def _open(sealed: Sealed, passphrase: str) -> dict[str, dict[str, object]]:
    try:
        return msgspec.json.decode(unseal(sealed, passphrase), type=dict[str, dict[str, object]])
    except Unopened:
        text = "The passphrase is wrong, or the sealed part of the backup is not as it was"
        raise Refusal(400, "BAD_REQUEST", text, "wrong_passphrase") from None


# --- putting in place ---------------------------------------------------------------------------------------------


async def _put_in_place(asked: Asked, tx: Transaction, wanted: Wanted) -> RestoreReport:
    """Check everything, then replace what differs.

    Raises:
        DefinitionProblems: Everything wrong with the backup, seen beside what is stored.
    """
    problems = Problems()
    stored = await tx.connectors.every()
    restored, incomplete = _connectors(wanted, stored, problems, disable=asked.query["missing_secrets"] == "disable")
    merge = asked.query["mode"] == "merge"
    workflows = plan(await tx.workflows.every(), wanted.workflows, lambda each: each.workflow_id, merge=merge)
    channels = plan(await tx.channels.every(), wanted.channels, lambda each: each.channel_id, merge=merge)
    connectors = plan(stored, restored, lambda each: each.id, merge=merge)
    services, places = asked.services, _places(wanted)
    check_versions(services, WORKFLOWS, wanted.workflows, problems)
    check_versions(services, CHANNELS, wanted.channels, problems)
    usable = check_connectors(services, connectors.final, incomplete, places, problems)
    refuse(problems)
    check_active(services, workflows.final, channels.final, usable, places, problems)
    refuse(problems)
    await tx.connectors.replace(connectors.gone, connectors.kept)
    await tx.workflows.replace(workflows.gone, workflows.kept)
    await tx.channels.replace(channels.gone, channels.kept)
    dry_run: bool = asked.query["dry_run"]
    return RestoreReport(
        restored=not dry_run,
        dry_run=dry_run,
        mode=asked.query["mode"],
        workflows=_changes(workflows),
        channels=_changes(channels),
        connectors=_changes(connectors),
        warnings=[problem_view(each) for each in problems.warnings],
    )


def _connectors(
    wanted: Wanted, stored: Sequence[ConnectorRecord], problems: Problems, *, disable: bool
) -> tuple[list[ConnectorRecord], set[str]]:
    """The connectors with their secrets: those that were sealed, else those that are stored under the same id.

    Returns:
        The connectors, and the ids of those whose secrets are not known, which are disabled.
    """
    present = {record.id: record.config for record in stored}
    restored: list[ConnectorRecord] = []
    incomplete: set[str] = set()
    for index, record in enumerate(wanted.connectors):
        pointer = at("/connectors", index, "config")
        if wanted.opened is not None and record.id in wanted.opened:
            config = wanted.opened[record.id]
            # Who can write the file, but not read the secrets, must not be able to send them elsewhere.
            if canonical(mask(config)) != canonical(record.config):
                problems.error(pointer, CHANGED, hint=HOW_TO_CHANGE)
            restored.append(msgspec.structs.replace(record, config=config))
            continue
        config = put_back(record.config, present.get(record.id, {}))  # type: ignore[assignment] # an object stays one
        missing = Problems()
        check_masks(config, missing, pointer)
        if not missing:
            restored.append(msgspec.structs.replace(record, config=config))
        elif disable:
            incomplete.add(record.id)
            restored.append(msgspec.structs.replace(record, config=config, enabled=False))
            problems.warnings.extend(Problem(each.pointer, DISABLED) for each in missing.errors)
        else:
            problems.errors.extend(
                Problem(each.pointer, each.message, each.expected, UNKNOWN_SECRET) for each in missing.errors
            )
    return restored, incomplete


def _places(wanted: Wanted) -> Places:
    """Where each version stands in the backup."""
    return {
        **{
            ("workflow", each.workflow_id, each.version): at("/workflows", index)
            for index, each in enumerate(wanted.workflows)
        },
        **{
            ("channel", each.channel_id, each.version): at("/channels", index)
            for index, each in enumerate(wanted.channels)
        },
        **{("connector", each.id, 0): at("/connectors", index) for index, each in enumerate(wanted.connectors)},
    }


def _changes(planned: Plan[Any]) -> Changes:
    return Changes(
        created=list(planned.created),
        replaced=list(planned.replaced),
        unchanged=list(planned.unchanged),
        removed=list(planned.removed),
    )


def _told(report: RestoreReport) -> dict[str, object]:
    """What the audit log says: ids of what changed, bounded, and how many there are."""
    details: dict[str, object] = {"mode": report.mode}
    for kind, changes in (
        ("workflows", report.workflows),
        ("channels", report.channels),
        ("connectors", report.connectors),
    ):
        told = {name: getattr(changes, name) for name in ("created", "replaced", "removed")}
        details[kind] = {
            **{name: ids if len(ids) <= MAX_LISTED else {"omitted_ids": len(ids)} for name, ids in told.items() if ids},
            "unchanged": len(changes.unchanged),
        }
    return details
