"""`/api/v1/admin/audit-logs`: who did what. Writes nothing; `auditing` does."""

from collections.abc import Mapping

import msgspec

from orion_io.storage import AuditFilter
from orion_server.admin.answering import page_of
from orion_server.admin.endpoint import Asked
from orion_server.admin.views import audit_view
from orion_server.exchange import Answer, json_answer

# What older clients call an action, and what it is called now.
OLD_ACTIONS: Mapping[str, str] = {
    "status_active": "activate", "status_archived": "archive", "update_rollout": "rollout",
}  # fmt: skip
FILTERS = ("resource_type", "resource_id", "principal", "outcome", "since", "until")


async def entries(asked: Asked) -> Answer:
    """Audit entries, newest first."""
    page = page_of(asked.query)
    wanted = {name: asked.query[name] for name in FILTERS}
    action = asked.query["action"]
    where = msgspec.convert({**wanted, "action": OLD_ACTIONS.get(action, action)}, AuditFilter)
    async with asked.services.store.read() as tx:
        rows = await tx.audit.list(where, page)
    pagination = {"offset": page.offset, "limit": page.limit, "total": rows.total}
    return json_answer({"data": [audit_view(record) for record in rows.rows], "pagination": pagination})
