"""`POST /backup`: every version of every definition in one document; secrets masked, or sealed with a passphrase.

Traces, dead letters and the audit log are no part of it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from orion_core import encode
from orion_core.definitions import Document
from orion_io.storage import ConnectorRecord, Transaction
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import read_as
from orion_server.admin.transfer.documents import file_answer
from orion_server.admin.views import (
    ChannelView,
    ConnectorCopy,
    View,
    WorkflowView,
    channel_view,
    copy_of,
    workflow_view,
)
from orion_server.exchange import Answer
from orion_server.sealing import RANDOM_BYTES, Passphrase, Sealed, seal

FORMAT = "orion-backup"


class BackupRequest(Document, frozen=True, kw_only=True):
    """Asks for a backup; with a passphrase, the secrets of connectors are in it, sealed."""

    passphrase: Passphrase | None = None


class Backup(View, frozen=True, kw_only=True, omit_defaults=True):
    """Every definition with all its versions, as it is in the store: by id, then by version."""

    format: Literal["orion-backup"]
    version: Annotated[Literal[1], Meta(description="Of this format.")]
    workflows: list[WorkflowView]
    channels: list[ChannelView]
    connectors: list[ConnectorCopy]
    sealed: Annotated[Sealed | None, Meta(description="The configs of the connectors, whole.")] = None


class GivenBackup(Backup, frozen=True, kw_only=True, omit_defaults=True):
    """A backup that is to be restored."""

    passphrase: Annotated[str | None, Meta(description="What `sealed` was sealed with.")] = None


async def back_up(asked: Asked) -> Answer:
    """Answer with the backup; the audit log says that it was made."""
    passphrase = None if asked.document is None else read_as(asked.document, BackupRequest).passphrase

    async def mutate(tx: Transaction) -> tuple[tuple[Backup, Sequence[ConnectorRecord]], Sequence[Act]]:
        workflows = sorted(await tx.workflows.every(), key=lambda each: (each.workflow_id, each.version))
        channels = sorted(await tx.channels.every(), key=lambda each: (each.channel_id, each.version))
        connectors = sorted(await tx.connectors.every(), key=lambda each: each.id)
        backup = Backup(
            format="orion-backup",
            version=1,
            workflows=[workflow_view(each) for each in workflows],
            channels=[channel_view(each) for each in channels],
            connectors=[copy_of(each) for each in connectors],
        )
        counts = {"workflows": len(workflows), "channels": len(channels), "connectors": len(connectors)}
        secrets = "masked" if passphrase is None else "sealed"
        return (backup, connectors), (Act("", {"secrets": secrets, "versions": counts}),)

    backup, connectors = await carry_out(asked, mutate, live=False)
    if passphrase is not None:
        configs = encode({each.id: each.config for each in connectors})
        random = asked.services.clock.random_bytes(RANDOM_BYTES)
        sealed = await asyncio.to_thread(seal, configs, passphrase, random)
        backup = msgspec.structs.replace(backup, sealed=sealed)
    made = datetime.fromtimestamp(asked.services.clock.wall(), UTC)
    return file_answer(backup, f"orion-backup-{made:%Y%m%dT%H%M%SZ}.json")
