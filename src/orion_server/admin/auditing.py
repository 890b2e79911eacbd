"""Writes the audit log: an entry commits with the change it speaks of; a refused attempt has a transaction of its own.

Decides nothing about the change itself; `details` masks and bounds what is said of it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from orion_io.storage import AuditRecord, StoreError, Transaction
from orion_server.admin.endpoint import Asked, Endpoint

T = TypeVar("T")

STATUS_ACTIONS: Mapping[str, str] = {"active": "activate", "archived": "archive"}
IDS = ("workflow_id", "channel_id", "id")  # how a document may name what it creates
MAX_ID = 128  # characters
MAX_TEXT = 1024  # characters of a refusal's message

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Act:
    """What was done to one resource.

    Args:
        resource_id: Which.
        details: What changed, secrets masked.
        resource_type: What it is; "" for what the endpoint says.
    """

    resource_id: str
    details: object = None
    resource_type: str = ""


@dataclass(frozen=True)
class Attempt:
    """What a call set out to do, as far as it can be known before it is carried out."""

    action: str
    resource_type: str
    resource_id: str

    def of(self, act: Act) -> "Attempt":
        """The same about what was really done."""
        return Attempt(self.action, act.resource_type or self.resource_type, act.resource_id)


async def carry_out(
    asked: Asked, mutate: Callable[[Transaction], Awaitable[tuple[T, Sequence[Act]]]], *, live: bool
) -> T:
    """Make a change and its audit entries in one transaction.

    Args:
        asked: The call.
        mutate: Makes the change; returns its result and what was done.
        live: Whether the change concerns what runs, and is to be compiled and installed.

    Returns:
        The result of `mutate`.

    Raises:
        DefinitionProblems: Something active could not run after the change; nothing was changed.
    """
    attempt = attempt_of(asked.endpoint, asked.parameters, asked.document)

    async def audited(tx: Transaction) -> tuple[T, Sequence[Act]]:
        result, acts = await mutate(tx)
        for act in acts:
            await tx.audit.append(_record(asked, attempt.of(act), "done", act.details))
        return result, acts

    services = asked.services
    if live:
        result, acts = await services.reloader.change(audited)
    else:
        async with services.store.write() as tx:
            result, acts = await audited(tx)
    for act in acts:
        _tell(asked, attempt.of(act), "done")
    return result


async def record_refusal(asked: Asked, reason: str, message: str) -> None:
    """Record an attempt that was refused; a store that cannot take it does not change the answer."""
    attempt = attempt_of(asked.endpoint, asked.parameters, asked.document)
    details = {"reason": reason, "message": message[:MAX_TEXT]}
    try:
        async with asked.services.store.write() as tx:
            await tx.audit.append(_record(asked, attempt, "refused", details))
    except StoreError as error:
        logger.warning("a refused attempt could not be recorded: %s %s", error, error.detail)
    _tell(asked, attempt, "refused")


def attempt_of(endpoint: Endpoint, parameters: Mapping[str, str], document: object) -> Attempt:
    """What a call set out to do: its action may stand in the document, its resource in the path or the document."""
    members = document if isinstance(document, Mapping) else {}
    texts = {name: value for name, value in members.items() if isinstance(value, str)}
    action = endpoint.action
    if action == "status":
        action = STATUS_ACTIONS.get(texts.get("status", ""), "update")
    named = next((texts[name] for name in IDS if name in texts), "")
    resource_id = parameters.get("id") or parameters.get("key") or named
    return Attempt(action, endpoint.resource, resource_id[:MAX_ID])


def _record(asked: Asked, attempt: Attempt, outcome: Literal["done", "refused"], details: object) -> AuditRecord:
    clock = asked.services.clock
    return AuditRecord(
        id=clock.uuid(),
        principal=asked.call.principal,
        action=attempt.action,
        resource_type=attempt.resource_type,
        resource_id=attempt.resource_id,
        outcome=outcome,
        details=details,
        request_id=asked.call.request_id,
        created_at=clock.wall_us(),
    )


def _tell(asked: Asked, attempt: Attempt, outcome: str) -> None:
    """Have an event counted, and logged."""
    call = asked.call
    asked.services.audited(attempt.action, attempt.resource_type)
    fields = {
        "principal": call.principal, "action": attempt.action, "resource_type": attempt.resource_type,
        "resource_id": attempt.resource_id, "outcome": outcome, "request_id": call.request_id,
    }  # fmt: skip
    logger.info("admin_audit_event", extra={"fields": fields})
