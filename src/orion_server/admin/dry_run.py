"""`POST …/workflows/{id}/test`: one workflow run on a sample, without a route and without a trace. Keeps nothing."""

from typing import Annotated, Any

from msgspec import Meta

from orion_core import Problems, encode, read_scripts
from orion_core.definitions import Document
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import read_as
from orion_server.admin.versioned import refuse
from orion_server.admin.workflows import WORKFLOWS
from orion_server.exchange import Answer


class Sample(Document, frozen=True, kw_only=True):
    """What a dry run is given."""

    data: Annotated[Any, Meta(description="The payload, as a request would bring it.")]
    metadata: Annotated[dict[str, Any], Meta(description="The message's metadata.")] | None = None
    outcomes: (
        Annotated[
            dict[str, Any],
            Meta(
                description='What connector tasks get, by task id: `{"value": …}`, `{"error": {"code", "message"}}` or '
                '`{"attempts": [these]}`; nothing is sent in a dry run.'
            ),
        ]
        | None
    ) = None


async def run_dry(asked: Asked) -> Answer:
    """Run a version, whatever its status, and answer with every step."""
    sample = read_as(asked.document, Sample)
    async with asked.services.store.read() as tx:
        record = await WORKFLOWS.found(tx, asked.id, asked.query["version"])
    problems = Problems()
    compiled = asked.services.reloader.compile_record(record, problems)
    scripts = read_scripts(sample.outcomes or {}, problems, "/outcomes")
    refuse(problems)
    answer = await asked.services.driver.rehearse(
        compiled.workflow,  # type: ignore[union-attr] # it is there when nothing was wrong
        encode(sample.data),
        dict(sample.metadata or {}),
        asked.call.request_id,
        verbose=asked.query["verbose"],
        scripts=scripts,
    )
    headers = tuple((name, value) for name, value in answer.headers if name != "content-type")
    return Answer(answer.status, answer.body, headers)
