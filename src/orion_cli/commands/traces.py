"""`orion-cli traces`: what became of requests."""

import time
from typing import Annotated, Any, Literal

import typer

from orion_cli import completing
from orion_cli.api_paths import DATA, path_of
from orion_cli.commanding import command, group
from orion_cli.output.output import Column
from orion_cli.session import Session
from orion_cli.waiting import end_with, wait_for

app = group("What became of requests.")

PATH = f"{DATA}/traces"
INTERVAL = 1.0  # seconds between two looks of `tail`
LOOK = 1000  # traces of one look; more do not come between two
SEEN = 5000  # ids that `tail` remembers

ID = Annotated[str, typer.Argument(metavar="ID", help="Of the trace.", autocompletion=completing.traces)]
CHANNEL = Annotated[
    str | None, typer.Option("--channel", help="Only this channel, by name.", autocompletion=completing.channel_names)
]
STATUS = Annotated[
    Literal["pending", "running", "completed", "failed"] | None, typer.Option("--status", help="Only this status.")
]
MODE = Annotated[Literal["sync", "async"] | None, typer.Option("--mode", help="Only this mode.")]
COLUMNS = (
    Column("ID", "id"),
    Column("CHANNEL", "channel"),
    Column("MODE", "mode"),
    Column("STATUS", "status"),
    Column("MS", "duration_ms"),
    Column("CREATED", "created_at"),
    Column("ERROR", "error_message"),
)


@command(app, "list", "traces list\ntraces list --channel orders --status failed --limit 10")
def entries(
    session: Session,
    channel: CHANNEL = None,
    status: STATUS = None,
    mode: MODE = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
) -> None:
    """List traces, the newest first."""
    query = {"channel": channel, "status": status, "mode": mode, "documents": False}
    session.output.rows(list(session.api.rows(PATH, query, limit)), COLUMNS, "id")


@command(
    app,
    "get",
    "traces get 550e8400-e29b-41d4\ntraces get 550e8400-e29b-41d4 --steps",
)
def get(
    session: Session,
    identifier: ID,
    steps: Annotated[bool, typer.Option("--steps", help="With what each task did, where that was recorded.")] = False,
) -> None:
    """Show a trace with its result."""
    query = {"include": "steps"} if steps else {}
    session.output.one(session.api.get(PATH + path_of(identifier), query), "id")


@command(app, "wait", "traces wait 550e8400-e29b-41d4 --timeout 30")
def wait(
    session: Session,
    identifier: ID,
    timeout: Annotated[float, typer.Option("--timeout", min=0, help="Seconds to wait.")] = 60.0,
) -> None:
    """Wait until a trace has ended. Exit code: 0 completed, 1 failed, 2 not in time."""
    trace = wait_for(session.api, identifier, timeout)
    session.output.one(trace, "id")
    end_with(trace)


@command(app, "tail", "traces tail\ntraces tail --channel orders --status failed")
def tail(
    session: Session,
    channel: CHANNEL = None,
    status: STATUS = None,
    mode: MODE = None,
    last: Annotated[int, typer.Option("-n", "--last", min=0, help="How many of the past to begin with.")] = 10,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Leave after so many.")] = None,
) -> None:
    """Show traces as they come, a line each (with -o json, an object a line), until it is interrupted."""
    query = {"channel": channel, "status": status, "mode": mode, "documents": False}
    seen: dict[str, object] = {}
    first = True
    shown = 0
    while True:
        rows = list(session.api.rows(PATH, query, max(last, LOOK)))
        new = [row for row in reversed(rows) if (row["id"], row["status"]) not in seen.items()]
        seen.update({row["id"]: row["status"] for row in new})
        for row in new[max(len(new) - last, 0) :] if first else new:
            line(session, row)
            shown += 1
            if shown == count:
                return
        for old in list(seen)[:-SEEN]:
            del seen[old]
        first = False
        time.sleep(INTERVAL)


def line(session: Session, row: dict[str, Any]) -> None:
    """A trace on one line."""
    if session.output.quiet:
        session.output.text(row["id"])
    elif session.output.format == "table":
        session.output.text("  ".join(column.text(row) for column in COLUMNS))
    else:
        import json

        session.output.text(json.dumps(row, ensure_ascii=False))
